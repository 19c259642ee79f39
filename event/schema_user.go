package event

// userTypes are the calls that read and change who a process acts for.
var userTypes = [...]Info{
	{
		Name: "quotactl", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 179, ARM64: 60, I386: []int{131}, ARM: []int{131}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "special", Type: CharBuf},
			{Name: "quotafilepath", Type: CharBuf}, {Name: "dqb_bhardlimit", Type: Uint64, Get: absent},
			{Name: "dqb_bsoftlimit", Type: Uint64, Get: absent}, {Name: "dqb_curspace", Type: Uint64, Get: absent},
			{Name: "dqb_ihardlimit", Type: Uint64, Get: absent}, {Name: "dqb_isoftlimit", Type: Uint64, Get: absent},
			{Name: "dqb_btime", Type: RelTime, Get: absent}, {Name: "dqb_itime", Type: RelTime, Get: absent},
			{Name: "dqi_bgrace", Type: RelTime, Get: absent}, {Name: "dqi_igrace", Type: RelTime, Get: absent},
			{Name: "dqi_flags", Type: Flags8, Flags: quotaInfoFlags, Get: absent},
			{Name: "quota_fmt_out", Type: Flags8, Flags: quotaFormats, Get: absent},
			{Name: "cmd", Type: Flags16, Flags: quotaCommands, Get: quotaCommand},
			{Name: "type", Type: Flags8, Flags: quotaTypes, Get: quotaType}, {Name: "id", Type: Uint32, Get: quotaID},
			{Name: "quota_fmt", Type: Flags8, Flags: quotaFormats, Get: quotaFormat},
		},
	},
	{
		Name: "setresuid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 117, ARM64: 147, I386: []int{164, 208}, ARM: []int{164, 208}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "ruid", Type: UID}, {Name: "euid", Type: UID},
			{Name: "suid", Type: UID},
		},
	},
	{
		Name: "setresgid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 119, ARM64: 149, I386: []int{170, 210}, ARM: []int{170, 210}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "rgid", Type: GID}, {Name: "egid", Type: GID},
			{Name: "sgid", Type: GID},
		},
	},
	{
		Name: "setuid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 105, ARM64: 146, I386: []int{23, 213}, ARM: []int{23, 213}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "uid", Type: UID}},
	},
	{
		Name: "setgid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 106, ARM64: 144, I386: []int{46, 214}, ARM: []int{46, 214}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "gid", Type: GID}},
	},
	{
		Name: "getuid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 102, ARM64: 174, I386: []int{24, 199}, ARM: []int{24, 199}},
		Params: []Param{{Name: "uid", Type: UID, Get: result}},
	},
	{
		Name: "geteuid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 107, ARM64: 175, I386: []int{49, 201}, ARM: []int{49, 201}},
		Params: []Param{{Name: "euid", Type: UID, Get: result}},
	},
	{
		Name: "getgid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 104, ARM64: 176, I386: []int{47, 200}, ARM: []int{47, 200}},
		Params: []Param{{Name: "gid", Type: GID, Get: result}},
	},
	{
		Name: "getegid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 108, ARM64: 177, I386: []int{50, 202}, ARM: []int{50, 202}},
		Params: []Param{{Name: "egid", Type: GID, Get: result}},
	},
	{
		Name: "getresuid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 118, ARM64: 148, I386: []int{165, 209}, ARM: []int{165, 209}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "ruid", Type: UID}, {Name: "euid", Type: UID},
			{Name: "suid", Type: UID},
		},
	},
	{
		Name: "getresgid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 120, ARM64: 150, I386: []int{171, 211}, ARM: []int{171, 211}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "rgid", Type: GID}, {Name: "egid", Type: GID},
			{Name: "sgid", Type: GID},
		},
	},
	{
		Name: "capset", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 126, ARM64: 91, I386: []int{185}, ARM: []int{185}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "cap_inheritable", Type: Uint64},
			{Name: "cap_permitted", Type: Uint64}, {Name: "cap_effective", Type: Uint64},
		},
	},
	{
		Name: "setreuid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 113, ARM64: 145, I386: []int{70, 203}, ARM: []int{70, 203}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "ruid", Type: UID}, {Name: "euid", Type: UID}},
	},
	{
		Name: "setregid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 114, ARM64: 143, I386: []int{71, 204}, ARM: []int{71, 204}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "rgid", Type: UID}, {Name: "egid", Type: UID}},
	},
	{
		Name: "keyctl", Family: FamilyCredential, Category: "system", Call: &Call{AMD64: 250, ARM64: 219, I386: []int{288}, ARM: []int{311}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "operation", Type: EnumFlags32, Flags: keyctlOperations},
			{Name: "arg2", Type: Dynamic}, {Name: "arg3", Type: Dynamic}, {Name: "arg4", Type: Dynamic},
			{Name: "arg5", Type: Dynamic},
		},
	},
}
