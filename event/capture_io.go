package event

// Kinds of data several calls have.
var (
	dataRead    = DataArg{Kind: DataBuffer, At: FromArg1, Len: FromArg2, Filled: true}
	dataWritten = DataArg{Kind: DataBuffer, At: FromArg1, Len: FromArg2}
	vecRead     = DataArg{Kind: DataVector, At: FromArg1, Len: FromArg2, Filled: true}
	vecWritten  = DataArg{Kind: DataVector, At: FromArg1, Len: FromArg2}
)

var ioExceptions = [...]exception{
	{name: "read", args: []Source{FromResult, FromData, FromArg0, FromArg2}, fd: FromArg0, data: dataRead},
	{name: "write", args: []Source{FromResult, FromData, FromArg0, FromArg2}, fd: FromArg0, data: dataWritten},
	{name: "pread", args: []Source{FromResult, FromData, FromArg0, FromArg2, FromArg3}, fd: FromArg0, data: dataRead},
	{name: "pwrite", args: []Source{FromResult, FromData, FromArg0, FromArg2, FromArg3}, fd: FromArg0, data: dataWritten},
	{name: "readv", args: []Source{FromResult, FromResult, FromData, FromArg0}, fd: FromArg0, data: vecRead},
	{name: "writev", args: []Source{FromResult, FromData, FromArg0, FromDataLen}, fd: FromArg0, data: vecWritten},
	{name: "preadv", args: []Source{FromResult, FromResult, FromData, FromArg0, FromArg3}, fd: FromArg0, data: vecRead},
	{name: "pwritev", args: []Source{FromResult, FromData, FromArg0, FromDataLen, FromArg3}, fd: FromArg0, data: vecWritten},
	{
		name: "pipe", args: []Source{FromResult, fromUint32, fromUint32 + 4, FromNothing},
		data: DataArg{Kind: DataStruct, At: FromArg0, Size: 8, Filled: true},
	},
	{
		name: "pipe2", args: []Source{FromResult, fromUint32, fromUint32 + 4, FromNothing, FromArg1},
		data: DataArg{Kind: DataStruct, At: FromArg0, Size: 8, Filled: true},
	},
	{name: "eventfd", args: []Source{FromResult, FromArg0, FromNothing}, fd: FromResult},
	{name: "eventfd2", args: []Source{FromResult, FromArg1, FromArg0}, fd: FromResult},
	{name: "epoll_wait", args: []Source{FromResult, FromArg2}, fd: FromArg0},
	{name: "poll", args: []Source{FromResult, FromNothing, FromArg2}},
	{
		name: "ppoll", args: []Source{FromResult, FromNothing, fromTime, FromArg3},
		data: DataArg{Kind: DataStruct, At: FromArg2, Size: 16},
	},
	{name: "llseek", args: []Source{FromResult, FromArg0, FromHighLow1, FromArg4}, fd: FromArg0},
	{name: "signalfd", args: []Source{FromResult, FromArg0, FromNothing, FromNothing}, fd: FromResult},
	{name: "signalfd4", args: []Source{FromResult, FromArg3, FromArg0, FromNothing}, fd: FromResult},
	{name: "timerfd_create", returnsFD: true},
	{name: "inotify_init", args: []Source{FromResult, FromNothing}, fd: FromResult},
	{name: "inotify_init1", returnsFD: true},
	{name: "epoll_create", returnsFD: true},
	{name: "epoll_create1", returnsFD: true},
	{name: "dup", returnsFD: true},
	{name: "dup2", returnsFD: true},
	{name: "dup3", returnsFD: true},
	{name: "splice", args: []Source{FromResult, FromArg0, FromArg2, FromArg4, FromArg5}, fd: FromArg0},
	{
		name: "sendfile", args: []Source{FromResult, fromUint64, FromArg0, FromArg1, FromArg3}, fd: FromArg0,
		data: DataArg{Kind: DataStruct, At: FromArg2, Size: 8},
	},
	{
		name: "copy_file_range", args: []Source{FromResult, FromArg2, FromArg3, FromArg0, FromArg1, FromArg4},
		fd: FromArg0,
	},
	{
		name: "io_uring_setup",
		args: []Source{
			FromResult, FromArg0, fromUint32, fromUint32 + 4, fromUint32 + 8, fromUint32 + 12, fromUint32 + 16,
			fromUint32 + 20,
		},
		fd: FromResult, data: DataArg{Kind: DataStruct, At: FromArg1, Size: 24},
	},
}

var netExceptions = [...]exception{
	{name: "socket", args: []Source{FromResult, FromArg0, FromArg1, FromArg2, FromArg1}, fd: FromResult},
	{
		name: "bind", args: []Source{FromResult, FromAddr, FromArg0}, fd: FromArg0,
		addr: AddrArg{At: FromArg1, Len: FromArg2},
	},
	{
		name: "connect", args: []Source{FromResult, FromNothing, FromArg0, FromAddr}, fd: FromArg0,
		addr: AddrArg{At: FromArg1, Len: FromArg2},
	},
	{name: "send", args: []Source{FromResult, FromData, FromArg0, FromArg2, FromNothing}, fd: FromArg0, data: dataWritten},
	{
		name: "sendto", args: []Source{FromResult, FromData, FromArg0, FromArg2, FromNothing}, fd: FromArg0, data: dataWritten,
		addr: AddrArg{At: FromArg4, Len: FromArg5},
	},
	{name: "recv", args: []Source{FromResult, FromData, FromArg0, FromArg2, FromNothing}, fd: FromArg0, data: dataRead},
	{
		name: "recvfrom", args: []Source{FromResult, FromData, FromNothing, FromArg0, FromArg2}, fd: FromArg0, data: dataRead,
		addr: AddrArg{At: FromArg4, Len: FromArg5, LenAt: true},
	},
	{name: "getsockname", fd: FromArg0},
	{name: "getpeername", fd: FromArg0},
	{
		name: "socketpair",
		args: []Source{
			FromResult, fromUint32, fromUint32 + 4, FromNothing, FromNothing, FromArg0, FromArg1, FromArg2,
		},
		data: DataArg{Kind: DataStruct, At: FromArg3, Size: 8, Filled: true},
	},
	{
		name: "setsockopt", args: []Source{FromResult, FromArg0, FromArg1, FromArg2, FromData, FromArg4}, fd: FromArg0,
		data: DataArg{Kind: DataBuffer, At: FromArg3, Len: FromArg4},
	},
	{
		// The length of the value is in memory; the value is 8 bytes at most but
		// for options nobody asks for.
		name: "getsockopt", args: []Source{FromResult, FromArg0, FromArg1, FromArg2, FromData, FromNothing}, fd: FromArg0,
		data: DataArg{Kind: DataStruct, At: FromArg3, Size: 8, Filled: true},
	},
	{
		name: "sendmsg", args: []Source{FromResult, FromData, FromArg0, FromDataLen, FromNothing}, fd: FromArg0,
		data: DataArg{Kind: DataMessage, At: FromArg1},
	},
	{
		name: "sendmmsg", args: []Source{FromResult, FromArg0, FromDataLen, FromData, FromNothing}, fd: FromArg0,
		data: DataArg{Kind: DataMessages, At: FromArg1, Len: FromArg2},
	},
	{
		name: "recvmsg", args: []Source{FromResult, FromResult, FromData, FromNothing, FromControl, FromArg0}, fd: FromArg0,
		data: DataArg{Kind: DataMessage, At: FromArg1, Filled: true},
	},
	{
		name: "recvmmsg", args: []Source{FromResult, FromArg0, FromDataLen, FromData, FromNothing, FromControl}, fd: FromArg0,
		data: DataArg{Kind: DataMessages, At: FromArg1, Len: FromArg2, Filled: true},
	},
	{name: "accept", args: []Source{FromResult, FromNothing, FromNothing, FromNothing, FromNothing}, fd: FromResult},
	{
		name: "accept4", args: []Source{FromResult, FromNothing, FromNothing, FromNothing, FromNothing, FromArg3},
		fd: FromResult,
	},
}
