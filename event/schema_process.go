package event

// processTypes are the calls that start, signal, trace, limit and isolate
// processes, and those that extend the kernel.
var processTypes = [...]Info{
	{
		Name: "futex", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 202, ARM64: 98},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Uint64},
			{Name: "op", Type: Flags16, Flags: futexOps}, {Name: "val", Type: Uint64},
		},
	},
	{
		Name: "kill", Family: FamilySignal, Category: "signal", Call: &Call{AMD64: 62, ARM64: 129},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "pid", Type: PID}, {Name: "sig", Type: SigType},
		},
	},
	{
		Name: "tkill", Family: FamilySignal, Category: "signal", Call: &Call{AMD64: 200, ARM64: 130},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "tid", Type: PID}, {Name: "sig", Type: SigType},
		},
	},
	{
		Name: "tgkill", Family: FamilySignal, Category: "signal", Call: &Call{AMD64: 234, ARM64: 131},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "pid", Type: PID}, {Name: "tid", Type: PID},
			{Name: "sig", Type: SigType},
		},
	},
	{
		Name: "nanosleep", Family: FamilyOther, Category: "sleep", Call: &Call{AMD64: 35, ARM64: 101},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "interval", Type: RelTime}},
	},
	{
		Name: "getrlimit", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 97, ARM64: 163},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "cur", Type: Int64}, {Name: "max", Type: Int64},
			{Name: "resource", Type: EnumFlags8, Flags: rlimits},
		},
	},
	{
		Name: "setrlimit", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 160, ARM64: 164},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "cur", Type: Int64}, {Name: "max", Type: Int64},
			{Name: "resource", Type: EnumFlags8, Flags: rlimits},
		},
	},
	{
		Name: "prlimit", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 302, ARM64: 261},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "newcur", Type: Int64}, {Name: "newmax", Type: Int64},
			{Name: "oldcur", Type: Int64}, {Name: "oldmax", Type: Int64}, {Name: "pid", Type: Int64},
			{Name: "resource", Type: EnumFlags8, Flags: rlimits},
		},
	},
	{
		Name: "ptrace", Family: FamilyTrace, Category: "process", Call: &Call{AMD64: 101, ARM64: 117},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "addr", Type: Dynamic}, {Name: "data", Type: Dynamic},
			{Name: "request", Type: EnumFlags16, Flags: ptraceRequests}, {Name: "pid", Type: PID},
		},
	},
	{Name: "clone", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 56, ARM64: 220}},
	{Name: "fork", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 57, ARM64: -1}},
	{Name: "vfork", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 58, ARM64: -1}},
	{
		Name: "setns", Family: FamilyNamespace, Category: "process", Call: &Call{AMD64: 308, ARM64: 268},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "nstype", Type: Flags32, Flags: cloneFlags},
		},
	},
	{
		Name: "semop", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 65, ARM64: 193},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "nsops", Type: Uint32}, {Name: "sem_num_0", Type: Uint16},
			{Name: "sem_op_0", Type: Int16}, {Name: "sem_flg_0", Type: Flags16, Flags: semopFlags},
			{Name: "sem_num_1", Type: Uint16}, {Name: "sem_op_1", Type: Int16},
			{Name: "sem_flg_1", Type: Flags16, Flags: semopFlags}, {Name: "semid", Type: Int32},
		},
	},
	{
		Name: "semctl", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 66, ARM64: 191},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "semid", Type: Int32}, {Name: "semnum", Type: Int32},
			{Name: "cmd", Type: Flags16, Flags: semctlCommands}, {Name: "val", Type: Int32},
		},
	},
	{
		Name: "semget", Family: FamilyOther, Category: "process", Call: &Call{AMD64: 64, ARM64: 190},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "key", Type: Int32}, {Name: "nsems", Type: Int32},
			{Name: "semflg", Type: Flags32, Flags: semgetFlags},
		},
	},
	{
		Name: "chroot", Family: FamilyMount, Category: "process", Call: &Call{AMD64: 161, ARM64: 51},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "setsid", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 112, ARM64: 157},
		Params: []Param{{Name: "res", Type: PID, Get: result}},
	},
	{
		Name: "unshare", Family: FamilyNamespace, Category: "process", Call: &Call{AMD64: 272, ARM64: 97},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: cloneFlags}},
	},
	{
		Name: "setpgid", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 109, ARM64: 154},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "pid", Type: PID}, {Name: "pgid", Type: PID}},
	},
	{
		Name: "seccomp", Family: FamilyOther, Category: "other", Call: &Call{AMD64: 317, ARM64: 277},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "op", Type: Uint64}, {Name: "flags", Type: Uint64},
		},
	},
	{Name: "clone3", Family: FamilyNamespace, Category: "process", Params: cloneParams, Call: &Call{AMD64: 435, ARM64: 435}},
	{
		Name: "bpf", Family: FamilyBPF, Category: "other", Call: &Call{AMD64: 321, ARM64: 280},
		Params: []Param{{Name: "fd", Type: FDNum}, {Name: "cmd", Type: EnumFlags32, Flags: bpfCommands}},
	},
	{
		Name: "prctl", Family: FamilyCredential, Category: "process", Call: &Call{AMD64: 157, ARM64: 167},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "option", Type: EnumFlags32, Flags: prctlOptions},
			{Name: "arg2_str", Type: CharBuf}, {Name: "arg2_int", Type: Int64},
		},
	},
	{
		Name: "pidfd_getfd", Family: FamilyTrace, Category: "system", Call: &Call{AMD64: 438, ARM64: 438},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "pid_fd", Type: FDNum}, {Name: "target_fd", Type: FDNum},
			{Name: "flags", Type: Uint32},
		},
	},
	{
		Name: "pidfd_open", Family: FamilyTrace, Category: "system", Call: &Call{AMD64: 434, ARM64: 434},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "pid", Type: PID}, {Name: "flags", Type: Flags32, Flags: pidfdFlags},
		},
	},
	{
		Name: "init_module", Family: FamilyModule, Category: "other", Call: &Call{AMD64: 175, ARM64: 105},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "img", Type: ByteBuf}, {Name: "length", Type: Uint64},
			{Name: "uargs", Type: CharBuf},
		},
	},
	{
		Name: "finit_module", Family: FamilyModule, Category: "other", Call: &Call{AMD64: 313, ARM64: 273},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "uargs", Type: CharBuf},
			{Name: "flags", Type: Flags32, Flags: finitModuleFlags},
		},
	},
	{
		Name: "process_vm_readv", Family: FamilyTrace, Category: "process", Call: &Call{AMD64: 310, ARM64: 270},
		Params: []Param{
			{Name: "res", Type: Int64, Get: result}, {Name: "pid", Type: PID}, {Name: "data", Type: ByteBuf},
		},
	},
	{
		Name: "process_vm_writev", Family: FamilyTrace, Category: "process", Call: &Call{AMD64: 311, ARM64: 271},
		Params: []Param{
			{Name: "res", Type: Int64, Get: result}, {Name: "pid", Type: PID}, {Name: "data", Type: ByteBuf},
		},
	},
	{
		Name: "delete_module", Family: FamilyModule, Category: "other", Call: &Call{AMD64: 176, ARM64: 106},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "name", Type: CharBuf},
			{Name: "flags", Type: Flags32, Flags: deleteModuleFlags},
		},
	},
}
