package event

// userTypes are the calls that read and change who a process acts for.
var userTypes = [...]Info{
	{
		Name: "quotactl", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 179, ARM64: 60},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "special", Type: CharBuf},
			{Name: "quotafilepath", Type: CharBuf}, {Name: "dqb_bhardlimit", Type: Uint64},
			{Name: "dqb_bsoftlimit", Type: Uint64}, {Name: "dqb_curspace", Type: Uint64},
			{Name: "dqb_ihardlimit", Type: Uint64}, {Name: "dqb_isoftlimit", Type: Uint64},
			{Name: "dqb_btime", Type: RelTime}, {Name: "dqb_itime", Type: RelTime}, {Name: "dqi_bgrace", Type: RelTime},
			{Name: "dqi_igrace", Type: RelTime}, {Name: "dqi_flags", Type: Flags8, Flags: quotaInfoFlags},
			{Name: "quota_fmt_out", Type: Flags8, Flags: quotaFormats}, {Name: "cmd", Type: Flags16, Flags: quotaCommands},
			{Name: "type", Type: Flags8, Flags: quotaTypes}, {Name: "id", Type: Uint32},
			{Name: "quota_fmt", Type: Flags8, Flags: quotaFormats},
		},
	},
	{
		Name: "setresuid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 117, ARM64: 147},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "ruid", Type: UID}, {Name: "euid", Type: UID},
			{Name: "suid", Type: UID},
		},
	},
	{
		Name: "setresgid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 119, ARM64: 149},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "rgid", Type: GID}, {Name: "egid", Type: GID},
			{Name: "sgid", Type: GID},
		},
	},
	{
		Name: "setuid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 105, ARM64: 146},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "uid", Type: UID}},
	},
	{
		Name: "setgid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 106, ARM64: 144},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "gid", Type: GID}},
	},
	{
		Name: "getuid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 102, ARM64: 174},
		Params: []Param{{Name: "uid", Type: UID, Get: result}},
	},
	{
		Name: "geteuid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 107, ARM64: 175},
		Params: []Param{{Name: "euid", Type: UID, Get: result}},
	},
	{
		Name: "getgid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 104, ARM64: 176},
		Params: []Param{{Name: "gid", Type: GID, Get: result}},
	},
	{
		Name: "getegid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 108, ARM64: 177},
		Params: []Param{{Name: "egid", Type: GID, Get: result}},
	},
	{
		Name: "getresuid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 118, ARM64: 148},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "ruid", Type: UID}, {Name: "euid", Type: UID},
			{Name: "suid", Type: UID},
		},
	},
	{
		Name: "getresgid", Family: FamilyOther, Category: "user", Call: &Call{AMD64: 120, ARM64: 150},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "rgid", Type: GID}, {Name: "egid", Type: GID},
			{Name: "sgid", Type: GID},
		},
	},
	{
		Name: "capset", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 126, ARM64: 91},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "cap_inheritable", Type: Uint64},
			{Name: "cap_permitted", Type: Uint64}, {Name: "cap_effective", Type: Uint64},
		},
	},
	{
		Name: "setreuid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 113, ARM64: 145},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "ruid", Type: UID}, {Name: "euid", Type: UID}},
	},
	{
		Name: "setregid", Family: FamilyCredential, Category: "user", Call: &Call{AMD64: 114, ARM64: 143},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "rgid", Type: UID}, {Name: "egid", Type: UID}},
	},
	{
		Name: "keyctl", Family: FamilyCredential, Category: "system", Call: &Call{AMD64: 250, ARM64: 219},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "operation", Type: EnumFlags32, Flags: keyctlOperations},
			{Name: "arg2", Type: Dynamic}, {Name: "arg3", Type: Dynamic}, {Name: "arg4", Type: Dynamic},
			{Name: "arg5", Type: Dynamic},
		},
	},
}
