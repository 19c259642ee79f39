package event

// The sets of the calls on processes and of those that extend the kernel.
var (
	bpfCommands = FlagSet{
		{"BPF_MAP_CREATE", 0}, {"BPF_MAP_LOOKUP_ELEM", 1}, {"BPF_MAP_UPDATE_ELEM", 2},
		{"BPF_MAP_DELETE_ELEM", 3}, {"BPF_MAP_GET_NEXT_KEY", 4}, {"BPF_PROG_LOAD", 5}, {"BPF_OBJ_PIN", 6},
		{"BPF_OBJ_GET", 7}, {"BPF_PROG_ATTACH", 8}, {"BPF_PROG_DETACH", 9}, {"BPF_PROG_TEST_RUN", 10},
		{"BPF_PROG_RUN", 10}, {"BPF_PROG_GET_NEXT_ID", 11}, {"BPF_MAP_GET_NEXT_ID", 12},
		{"BPF_PROG_GET_FD_BY_ID", 13}, {"BPF_MAP_GET_FD_BY_ID", 14}, {"BPF_OBJ_GET_INFO_BY_FD", 15},
		{"BPF_PROG_QUERY", 16}, {"BPF_RAW_TRACEPOINT_OPEN", 17}, {"BPF_BTF_LOAD", 18},
		{"BPF_BTF_GET_FD_BY_ID", 19}, {"BPF_TASK_FD_QUERY", 20}, {"BPF_MAP_LOOKUP_AND_DELETE_ELEM", 21},
		{"BPF_MAP_FREEZE", 22}, {"BPF_BTF_GET_NEXT_ID", 23}, {"BPF_MAP_LOOKUP_BATCH", 24},
		{"BPF_MAP_LOOKUP_AND_DELETE_BATCH", 25}, {"BPF_MAP_UPDATE_BATCH", 26}, {"BPF_MAP_DELETE_BATCH", 27},
		{"BPF_LINK_CREATE", 28}, {"BPF_LINK_UPDATE", 29}, {"BPF_LINK_GET_FD_BY_ID", 30},
		{"BPF_LINK_GET_NEXT_ID", 31}, {"BPF_ENABLE_STATS", 32}, {"BPF_ITER_CREATE", 33},
		{"BPF_LINK_DETACH", 34}, {"BPF_PROG_BIND_MAP", 35},
	}

	cloneFlags = FlagSet{
		{"CLONE_FILES", 1 << 0}, {"CLONE_FS", 1 << 1}, {"CLONE_IO", 1 << 2}, {"CLONE_NEWIPC", 1 << 3},
		{"CLONE_NEWNET", 1 << 4}, {"CLONE_NEWNS", 1 << 5}, {"CLONE_NEWPID", 1 << 6}, {"CLONE_NEWUTS", 1 << 7},
		{"CLONE_PARENT", 1 << 8}, {"CLONE_PARENT_SETTID", 1 << 9}, {"CLONE_PTRACE", 1 << 10},
		{"CLONE_SIGHAND", 1 << 11}, {"CLONE_SYSVSEM", 1 << 12}, {"CLONE_THREAD", 1 << 13},
		{"CLONE_UNTRACED", 1 << 14}, {"CLONE_VM", 1 << 15}, {"CLONE_INVERTED", 1 << 16},
		{"NAME_CHANGED", 1 << 17}, {"CLOSED", 1 << 18}, {"CLONE_NEWUSER", 1 << 20},
		{"CLONE_CHILD_CLEARTID", 1 << 23}, {"CLONE_CHILD_SETTID", 1 << 24}, {"CLONE_SETTLS", 1 << 25},
		{"CLONE_STOPPED", 1 << 26}, {"CLONE_VFORK", 1 << 27}, {"CLONE_NEWCGROUP", 1 << 28},
		{"CLONE_CHILD_IN_PIDNS", 1 << 29},
	}

	// deleteModuleFlags are numbered by Falco in a way of its own that is not known
	// here.
	deleteModuleFlags = FlagSet{
		{"O_NONBLOCK", BitUnknown}, {"O_TRUNC", BitUnknown},
	}

	finitModuleFlags = FlagSet{
		{"MODULE_INIT_IGNORE_MODVERSIONS", 1 << 0}, {"MODULE_INIT_IGNORE_VERMAGIC", 1 << 1},
		{"MODULE_INIT_COMPRESSED_FILE", 1 << 2},
	}

	// futexOps are printed bit by bit, as Falco does, though most are numbers.
	futexOps = FlagSet{
		{"FUTEX_CLOCK_REALTIME", 256}, {"FUTEX_PRIVATE_FLAG", 128}, {"FUTEX_CMP_REQUEUE_PI", 12},
		{"FUTEX_WAIT_REQUEUE_PI", 11}, {"FUTEX_WAKE_BITSET", 10}, {"FUTEX_WAIT_BITSET", 9},
		{"FUTEX_TRYLOCK_PI", 8}, {"FUTEX_UNLOCK_PI", 7}, {"FUTEX_LOCK_PI", 6}, {"FUTEX_WAKE_OP", 5},
		{"FUTEX_CMP_REQUEUE", 4}, {"FUTEX_REQUEUE", 3}, {"FUTEX_FD", 2}, {"FUTEX_WAKE", 1}, {"FUTEX_WAIT", 0},
	}

	// pidfdFlags likewise.
	pidfdFlags = FlagSet{
		{"PIDFD_NONBLOCK", BitUnknown},
	}

	// prctlOptions have one name twice, as in Falco's table.
	prctlOptions = FlagSet{
		{"PR_GET_DUMPABLE", 3}, {"PR_SET_DUMPABLE", 4}, {"PR_GET_KEEPCAPS", 7}, {"PR_SET_KEEPCAPS", 8},
		{"PR_SET_NAME", 15}, {"PR_GET_NAME", 16}, {"PR_GET_SECCOMP", 21}, {"PR_SET_SECCOMP", 22},
		{"PR_CAPBSET_READ", 23}, {"PR_CAPBSET_DROP", 24}, {"PR_GET_SECUREBITS", 27}, {"PR_SET_SECUREBITS", 28},
		{"PR_MCE_KILL", 33}, {"PR_MCE_KILL", BitUnknown}, {"PR_SET_MM", 35}, {"PR_SET_CHILD_SUBREAPER", 36},
		{"PR_GET_CHILD_SUBREAPER", 37}, {"PR_SET_NO_NEW_PRIVS", 38}, {"PR_GET_NO_NEW_PRIVS", 39},
		{"PR_GET_TID_ADDRESS", 40}, {"PR_SET_THP_DISABLE", 41}, {"PR_GET_THP_DISABLE", 42},
		{"PR_CAP_AMBIENT", 47},
	}

	ptraceRequests = FlagSet{
		{"PTRACE_SINGLEBLOCK", 38}, {"PTRACE_SYSEMU_SINGLESTEP", 37}, {"PTRACE_SYSEMU", 36},
		{"PTRACE_ARCH_PRCTL", 35}, {"PTRACE_SET_THREAD_AREA", 34}, {"PTRACE_GET_THREAD_AREA", 33},
		{"PTRACE_OLDSETOPTIONS", 32}, {"PTRACE_SETFPXREGS", 31}, {"PTRACE_GETFPXREGS", 30},
		{"PTRACE_SETFPREGS", 29}, {"PTRACE_GETFPREGS", 28}, {"PTRACE_SETREGS", 27}, {"PTRACE_GETREGS", 26},
		{"PTRACE_SETSIGMASK", 25}, {"PTRACE_GETSIGMASK", 24}, {"PTRACE_PEEKSIGINFO", 23}, {"PTRACE_LISTEN", 22},
		{"PTRACE_INTERRUPT", 21}, {"PTRACE_SEIZE", 20}, {"PTRACE_SETREGSET", 19}, {"PTRACE_GETREGSET", 18},
		{"PTRACE_SETSIGINFO", 17}, {"PTRACE_GETSIGINFO", 16}, {"PTRACE_GETEVENTMSG", 15},
		{"PTRACE_SETOPTIONS", 14}, {"PTRACE_SYSCALL", 13}, {"PTRACE_DETACH", 12}, {"PTRACE_ATTACH", 11},
		{"PTRACE_SINGLESTEP", 10}, {"PTRACE_KILL", 9}, {"PTRACE_CONT", 8}, {"PTRACE_POKEUSR", 7},
		{"PTRACE_POKEDATA", 6}, {"PTRACE_POKETEXT", 5}, {"PTRACE_PEEKUSR", 4}, {"PTRACE_PEEKDATA", 3},
		{"PTRACE_PEEKTEXT", 2}, {"PTRACE_TRACEME", 1}, {"PTRACE_UNKNOWN", 0},
	}

	rlimits = FlagSet{
		{"RLIMIT_UNKNOWN", 255}, {"RLIMIT_RTTIME", 15}, {"RLIMIT_RTPRIO", 14}, {"RLIMIT_NICE", 13},
		{"RLIMIT_MSGQUEUE", 12}, {"RLIMIT_SIGPENDING", 11}, {"RLIMIT_LOCKS", 10}, {"RLIMIT_AS", 9},
		{"RLIMIT_MEMLOCK", 8}, {"RLIMIT_NOFILE", 7}, {"RLIMIT_NPROC", 6}, {"RLIMIT_RSS", 5}, {"RLIMIT_CORE", 4},
		{"RLIMIT_STACK", 3}, {"RLIMIT_DATA", 2}, {"RLIMIT_FSIZE", 1}, {"RLIMIT_CPU", 0},
	}

	semctlCommands = FlagSet{
		{"IPC_STAT", 1 << 0}, {"IPC_SET", 1 << 1}, {"IPC_RMID", 1 << 2}, {"IPC_INFO", 1 << 3},
		{"SEM_INFO", 1 << 4}, {"SEM_STAT", 1 << 5}, {"GETALL", 1 << 6}, {"GETNCNT", 1 << 7}, {"GETPID", 1 << 8},
		{"GETVAL", 1 << 9}, {"GETZCNT", 1 << 10}, {"SETALL", 1 << 11}, {"SETVAL", 1 << 12},
	}

	semgetFlags = FlagSet{
		{"IPC_EXCL", 1 << 14}, {"IPC_CREAT", 1 << 13},
	}

	semopFlags = FlagSet{
		{"IPC_NOWAIT", 1 << 0}, {"SEM_UNDO", 1 << 1},
	}
)
