package event

// ioTypes are the calls on descriptors: reading, writing, waiting, and those that
// make descriptors of no file.
var ioTypes = [...]Info{
	{
		Name: "close", Family: FamilyIO, Category: "io_other", Call: &Call{AMD64: 3, ARM64: 57, I386: []int{6}, ARM: []int{6}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}},
	},
	{
		Name: "read", Family: FamilyIO, Category: "io_read", Call: &Call{AMD64: 0, ARM64: 63, I386: []int{3}, ARM: []int{3}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32},
		},
	},
	{
		Name: "write", Family: FamilyIO, Category: "io_write", Call: &Call{AMD64: 1, ARM64: 64, I386: []int{4}, ARM: []int{4}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32},
		},
	},
	{
		Name: "pipe", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 22, ARM64: -1, I386: []int{42}, ARM: []int{42}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd1", Type: FDNum}, {Name: "fd2", Type: FDNum},
			{Name: "ino", Type: Uint64},
		},
	},
	{
		Name: "eventfd", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 284, ARM64: -1, I386: []int{323}, ARM: []int{351}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "initval", Type: Uint64}, {Name: "flags", Type: Uint32},
		},
	},
	{
		Name: "epoll_wait", Family: FamilyOther, Category: "wait", Call: &Call{AMD64: 232, ARM64: -1, I386: []int{256}, ARM: []int{252}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "maxevents", Type: Errno}},
	},
	{
		Name: "poll", Family: FamilyOther, Category: "wait", Call: &Call{AMD64: 7, ARM64: -1, I386: []int{168}, ARM: []int{168}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fds", Type: FDList}, {Name: "timeout", Type: Int64},
		},
	},
	{
		Name: "select", Family: FamilyOther, Category: "wait", Call: &Call{AMD64: 23, ARM64: -1, I386: []int{82}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}},
	},
	{
		Name: "lseek", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 8, ARM64: 62, I386: []int{19}, ARM: []int{19}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "offset", Type: Uint64},
			{Name: "whence", Type: EnumFlags8, Flags: seekWhence},
		},
	},
	{
		Name: "llseek", Family: FamilyOther, Category: "file", Call: &Call{AMD64: -1, ARM64: -1, I386: []int{140}, ARM: []int{140}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "offset", Type: Uint64},
			{Name: "whence", Type: EnumFlags8, Flags: seekWhence},
		},
	},
	{
		Name: "pread", Family: FamilyIO, Category: "io_read", Call: &Call{AMD64: 17, ARM64: 67, I386: []int{180}, ARM: []int{180}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "pos", Type: Uint64},
		},
	},
	{
		Name: "pwrite", Family: FamilyIO, Category: "io_write", Call: &Call{AMD64: 18, ARM64: 68, I386: []int{181}, ARM: []int{181}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "pos", Type: Uint64},
		},
	},
	{
		Name: "readv", Family: FamilyIO, Category: "io_read", Call: &Call{AMD64: 19, ARM64: 65, I386: []int{145}, ARM: []int{145}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "size", Type: Uint32}, {Name: "data", Type: ByteBuf},
			{Name: "fd", Type: FDNum},
		},
	},
	{
		Name: "writev", Family: FamilyIO, Category: "io_write", Call: &Call{AMD64: 20, ARM64: 66, I386: []int{146}, ARM: []int{146}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32},
		},
	},
	{
		Name: "preadv", Family: FamilyIO, Category: "io_read", Call: &Call{AMD64: 295, ARM64: 69, I386: []int{333}, ARM: []int{361}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "size", Type: Uint32}, {Name: "data", Type: ByteBuf},
			{Name: "fd", Type: FDNum}, {Name: "pos", Type: Uint64},
		},
	},
	{
		Name: "pwritev", Family: FamilyIO, Category: "io_write", Call: &Call{AMD64: 296, ARM64: 70, I386: []int{334}, ARM: []int{362}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "data", Type: ByteBuf}, {Name: "fd", Type: FDNum},
			{Name: "size", Type: Uint32}, {Name: "pos", Type: Uint64},
		},
	},
	{
		Name: "signalfd", Family: FamilyOther, Category: "signal", Call: &Call{AMD64: 282, ARM64: -1, I386: []int{321}, ARM: []int{349}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "fd", Type: FDNum}, {Name: "mask", Type: Uint32},
			{Name: "flags", Type: Uint8},
		},
	},
	{
		Name: "timerfd_create", Family: FamilyOther, Category: "time", Call: &Call{AMD64: 283, ARM64: 85, I386: []int{322}, ARM: []int{350}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "clockid", Type: Uint8}, {Name: "flags", Type: Uint8},
		},
	},
	{
		Name: "inotify_init", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 253, ARM64: -1, I386: []int{291}, ARM: []int{316}},
		Params: []Param{{Name: "res", Type: FDNum, Get: result}, {Name: "flags", Type: Uint8}},
	},
	{
		Name: "fcntl", Family: FamilyDup, Category: "io_other", Call: &Call{AMD64: 72, ARM64: 25, I386: []int{55, 221}, ARM: []int{55, 221}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "cmd", Type: EnumFlags8, Flags: fcntlCommands}, {Name: "arg", Type: Uint64},
		},
	},
	{
		Name: "splice", Family: FamilyIO, Category: "io_other", Call: &Call{AMD64: 275, ARM64: 76, I386: []int{313}, ARM: []int{340}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd_in", Type: FDNum}, {Name: "fd_out", Type: FDNum},
			{Name: "size", Type: Uint64}, {Name: "flags", Type: Flags32, Flags: spliceFlags},
		},
	},
	{
		Name: "ioctl", Family: FamilyIO, Category: "io_other", Call: &Call{AMD64: 16, ARM64: 29, I386: []int{54}, ARM: []int{54}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "request", Type: Uint64},
			{Name: "argument", Type: Uint64},
		},
	},
	{
		Name: "sendfile", Family: FamilyIO, Category: "io_write", Call: &Call{AMD64: 40, ARM64: 71, I386: []int{187, 239}, ARM: []int{187, 239}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "offset", Type: Uint64}, {Name: "out_fd", Type: FDNum},
			{Name: "in_fd", Type: FDNum}, {Name: "size", Type: Uint64},
		},
	},
	{
		Name: "ppoll", Family: FamilyOther, Category: "wait", Call: &Call{AMD64: 271, ARM64: 73, I386: []int{309, 414}, ARM: []int{336, 414}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fds", Type: FDList}, {Name: "timeout", Type: RelTime},
			{Name: "sigmask", Type: SigSet},
		},
	},
	{
		Name: "copy_file_range", Family: FamilyIO, Category: "file", Call: &Call{AMD64: 326, ARM64: 285, I386: []int{377}, ARM: []int{391}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fdout", Type: FDNum}, {Name: "offout", Type: Uint64},
			{Name: "fdin", Type: FDNum}, {Name: "offin", Type: Uint64}, {Name: "len", Type: Uint64},
		},
	},
	{
		Name: "io_uring_setup", Family: FamilyIOUring, Category: "other", Call: &Call{AMD64: 425, ARM64: 425, I386: []int{425}, ARM: []int{425}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "entries", Type: Uint32}, {Name: "sq_entries", Type: Uint32},
			{Name: "cq_entries", Type: Uint32}, {Name: "flags", Type: Flags32, Flags: uringSetupFlags},
			{Name: "sq_thread_cpu", Type: Uint32}, {Name: "sq_thread_idle", Type: Uint32},
			{Name: "features", Type: Flags32, Flags: uringFeatures},
		},
	},
	{
		Name: "io_uring_enter", Family: FamilyIOUring, Category: "io_other", Call: &Call{AMD64: 426, ARM64: 426, I386: []int{426}, ARM: []int{426}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "to_submit", Type: Uint32},
			{Name: "min_complete", Type: Uint32}, {Name: "flags", Type: Flags32, Flags: uringEnterFlags},
			{Name: "sig", Type: SigSet},
		},
	},
	{
		Name: "io_uring_register", Family: FamilyIOUring, Category: "other", Call: &Call{AMD64: 427, ARM64: 427, I386: []int{427}, ARM: []int{427}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "opcode", Type: EnumFlags16, Flags: uringOpcodes}, {Name: "arg", Type: Uint64},
			{Name: "nr_args", Type: Uint32},
		},
	},
	{
		Name: "dup2", Family: FamilyDup, Category: "io_other", Call: &Call{AMD64: 33, ARM64: -1, I386: []int{63}, ARM: []int{63}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "oldfd", Type: FDNum}, {Name: "newfd", Type: FDNum},
		},
	},
	{
		Name: "dup3", Family: FamilyDup, Category: "io_other", Call: &Call{AMD64: 292, ARM64: 24, I386: []int{330}, ARM: []int{358}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "oldfd", Type: FDNum}, {Name: "newfd", Type: FDNum},
			{Name: "flags", Type: Flags32, Flags: openFlags},
		},
	},
	{
		Name: "dup", Family: FamilyDup, Category: "io_other", Call: &Call{AMD64: 32, ARM64: 23, I386: []int{41}, ARM: []int{41}},
		Params: []Param{{Name: "res", Type: FDNum, Get: result}, {Name: "oldfd", Type: FDNum}},
	},
	{
		Name: "epoll_create", Family: FamilyOther, Category: "wait", Call: &Call{AMD64: 213, ARM64: -1, I386: []int{254}, ARM: []int{250}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "size", Type: Int32}},
	},
	{
		Name: "epoll_create1", Family: FamilyOther, Category: "wait", Call: &Call{AMD64: 291, ARM64: 20, I386: []int{329}, ARM: []int{357}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "flags", Type: Flags32, Flags: epollFlags}},
	},
	{
		Name: "pipe2", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 293, ARM64: 59, I386: []int{331}, ARM: []int{359}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd1", Type: FDNum}, {Name: "fd2", Type: FDNum},
			{Name: "ino", Type: Uint64}, {Name: "flags", Type: Flags32, Flags: openFlags},
		},
	},
	{
		Name: "inotify_init1", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 294, ARM64: 26, I386: []int{332}, ARM: []int{360}},
		Params: []Param{{Name: "res", Type: FDNum, Get: result}, {Name: "flags", Type: Flags16, Flags: openFlags}},
	},
	{
		Name: "eventfd2", Family: FamilyOther, Category: "IPC", Call: &Call{AMD64: 290, ARM64: 19, I386: []int{328}, ARM: []int{356}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "flags", Type: Flags16, Flags: openFlags},
			{Name: "initval", Type: Uint64},
		},
	},
	{
		Name: "signalfd4", Family: FamilyOther, Category: "signal", Call: &Call{AMD64: 289, ARM64: 74, I386: []int{327}, ARM: []int{355}},
		Params: []Param{
			{Name: "res", Type: FDNum, Get: result}, {Name: "flags", Type: Flags16, Flags: openFlags},
			{Name: "fd", Type: FDNum}, {Name: "mask", Type: Uint32},
		},
	},
	{
		Name: "close_range", Family: FamilyIO, Category: "io_other", Call: &Call{AMD64: 436, ARM64: 436, I386: []int{436}, ARM: []int{436}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "first", Type: Uint32}, {Name: "last", Type: Uint32},
			{Name: "flags", Type: Flags32, Flags: closeRangeFlags},
		},
	},
}
