package event

// processTypes are the calls that start, signal, trace, limit and isolate
// processes, and those that extend the kernel.
var processTypes = [...]Info{
	{
		Name: "futex", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 202, ARM64: 98, I386: []int{240, 422}, ARM: []int{240, 422}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64},
			{Name: "op", Type: Flags16, Flags: futexOps}, {Name: "val", Type: Uint64},
		},
	},
	{
		Name: "kill", Family: FamilySignal, Category: "signal", Call: &Call{AMD64: 62, ARM64: 129, I386: []int{37}, ARM: []int{37}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "pid", Type: PID}, {Name: "sig", Type: SigType},
		},
	},
	{
		Name: "tkill", Family: FamilySignal, Category: "signal", Call: &Call{AMD64: 200, ARM64: 130, I386: []int{238}, ARM: []int{238}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "tid", Type: PID}, {Name: "sig", Type: SigType},
		},
	},
	{
		Name: "tgkill", Family: FamilySignal, Category: "signal", Call: &Call{AMD64: 234, ARM64: 131, I386: []int{270}, ARM: []int{268}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "pid", Type: PID}, {Name: "tid", Type: PID},
			{Name: "sig", Type: SigType},
		},
	},
	{
		Name: "nanosleep", Family: FamilyOther, Category: "sleep", Call: &Call{AMD64: 35, ARM64: 101, I386: []int{162}, ARM: []int{162}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "interval", Type: RelTime}},
	},
	{
		Name: "getrlimit", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 97, ARM64: 163, I386: []int{76, 191}, ARM: []int{191}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "cur", Type: Int64}, {Name: "max", Type: Int64},
			{Name: "resource", Type: EnumFlags8, Flags: rlimits},
		},
	},
	{
		Name: "setrlimit", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 160, ARM64: 164, I386: []int{75}, ARM: []int{75}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "cur", Type: Int64}, {Name: "max", Type: Int64},
			{Name: "resource", Type: EnumFlags8, Flags: rlimits},
		},
	},
	{
		Name: "prlimit", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 302, ARM64: 261, I386: []int{340}, ARM: []int{369}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "newcur", Type: Int64}, {Name: "newmax", Type: Int64},
			{Name: "oldcur", Type: Int64}, {Name: "oldmax", Type: Int64}, {Name: "pid", Type: Int64},
			{Name: "resource", Type: EnumFlags8, Flags: rlimits},
		},
	},
	{
		Name: "ptrace", Family: FamilyTrace, Category: "process", Call: &Call{AMD64: 101, ARM64: 117, I386: []int{26}, ARM: []int{26}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Dynamic}, {Name: "data", Type: Dynamic},
			{Name: "request", Type: EnumFlags16, Flags: ptraceRequests}, {Name: "pid", Type: PID},
		},
	},
	{Name: "clone", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 56, ARM64: 220, I386: []int{120}, ARM: []int{120}}},
	{Name: "fork", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 57, ARM64: -1, I386: []int{2}, ARM: []int{2}}},
	{Name: "vfork", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 58, ARM64: -1, I386: []int{190}, ARM: []int{190}}},
	{
		Name: "setns", Family: FamilyNamespace, Category: "process", Call: &Call{AMD64: 308, ARM64: 268, I386: []int{346}, ARM: []int{375}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "nstype", Type: Flags32, Flags: cloneFlags},
		},
	},
	{
		Name: "semop", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 65, ARM64: 193, ARM: []int{298}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "nsops", Type: Uint32}, {Name: "sem_num_0", Type: Uint16},
			{Name: "sem_op_0", Type: Int16}, {Name: "sem_flg_0", Type: Flags16, Flags: semopFlags},
			{Name: "sem_num_1", Type: Uint16}, {Name: "sem_op_1", Type: Int16},
			{Name: "sem_flg_1", Type: Flags16, Flags: semopFlags}, {Name: "semid", Type: Int32},
		},
	},
	{
		Name: "semctl", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 66, ARM64: 191, I386: []int{394}, ARM: []int{300}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "semid", Type: Int32}, {Name: "semnum", Type: Int32},
			{Name: "cmd", Type: Flags16, Flags: semctlCommands}, {Name: "val", Type: Int32},
		},
	},
	{
		Name: "semget", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 64, ARM64: 190, I386: []int{393}, ARM: []int{299}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "key", Type: Int32}, {Name: "nsems", Type: Int32},
			{Name: "semflg", Type: Flags32, Flags: semgetFlags},
		},
	},
	{
		Name: "chroot", Family: FamilyMount, Category: "process", Call: &Call{AMD64: 161, ARM64: 51, I386: []int{61}, ARM: []int{61}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "setsid", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 112, ARM64: 157, I386: []int{66}, ARM: []int{66}},
		Params: []Param{{Name: "res", Type: PID, Get: result}},
	},
	{
		Name: "unshare", Family: FamilyNamespace, Category: "process", Call: &Call{AMD64: 272, ARM64: 97, I386: []int{310}, ARM: []int{337}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: cloneFlags}},
	},
	{
		Name: "setpgid", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 109, ARM64: 154, I386: []int{57}, ARM: []int{57}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "pid", Type: PID}, {Name: "pgid", Type: PID}},
	},
	{
		Name: "seccomp", Family: FamilyOther, Category: "other", Call: &Call{AMD64: 317, ARM64: 277, I386: []int{354}, ARM: []int{383}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "op", Type: Uint64}, {Name: "flags", Type: Uint64},
		},
	},
	{Name: "clone3", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 435, ARM64: 435, I386: []int{435}, ARM: []int{435}}},
	{
		Name: "bpf", Family: FamilyBPF, Category: "other", Call: &Call{AMD64: 321, ARM64: 280, I386: []int{357}, ARM: []int{386}},
		Params: []Param{{Name: "fd", Type: FDNum}, {Name: "cmd", Type: EnumFlags32, Flags: bpfCommands}},
	},
	{
		Name: "prctl", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 157, ARM64: 167, I386: []int{172}, ARM: []int{172}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "option", Type: EnumFlags32, Flags: prctlOptions},
			{Name: "arg2_str", Type: CharBuf}, {Name: "arg2_int", Type: Int64},
		},
	},
	{
		Name: "pidfd_getfd", Family: FamilyTrace, Category: "system", Call: &Call{AMD64: 438, ARM64: 438, I386: []int{438}, ARM: []int{438}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "pid_fd", Type: FDNum}, {Name: "target_fd", Type: FDNum},
			{Name: "flags", Type: Uint32},
		},
	},
	{
		Name: "pidfd_open", Family: FamilyTrace, Category: "system", Call: &Call{AMD64: 434, ARM64: 434, I386: []int{434}, ARM: []int{434}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "pid", Type: PID}, {Name: "flags", Type: Flags32, Flags: pidfdFlags},
		},
	},
	{
		Name: "init_module", Family: FamilyModule, Category: "other", Call: &Call{AMD64: 175, ARM64: 105, I386: []int{128}, ARM: []int{128}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "img", Type: ByteBuf}, {Name: "length", Type: Uint64},
			{Name: "uargs", Type: CharBuf},
		},
	},
	{
		Name: "finit_module", Family: FamilyModule, Category: "other", Call: &Call{AMD64: 313, ARM64: 273, I386: []int{350}, ARM: []int{379}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "uargs", Type: CharBuf},
			{Name: "flags", Type: Flags32, Flags: finitModuleFlags},
		},
	},
	{
		Name: "process_vm_readv", Family: FamilyTrace, Category: "process", Call: &Call{AMD64: 310, ARM64: 270, I386: []int{347}, ARM: []int{376}},
		Params: []Param{
			{Name: "res", Type: Int64, Get: result}, {Name: "pid", Type: PID}, {Name: "data", Type: ByteBuf},
		},
	},
	{
		Name: "process_vm_writev", Family: FamilyTrace, Category: "process", Call: &Call{AMD64: 311, ARM64: 271, I386: []int{348}, ARM: []int{377}},
		Params: []Param{
			{Name: "res", Type: Int64, Get: result}, {Name: "pid", Type: PID}, {Name: "data", Type: ByteBuf},
		},
	},
	{
		Name: "delete_module", Family: FamilyModule, Category: "other", Call: &Call{AMD64: 176, ARM64: 106, I386: []int{129}, ARM: []int{129}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "name", Type: CharBuf},
			{Name: "flags", Type: Flags32, Flags: deleteModuleFlags},
		},
	},
}
