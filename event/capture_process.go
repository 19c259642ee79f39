package event

// The places of what is carried elsewhere than in its parameter's place,
// because that is derived or too far behind.
const (
	paramCloneFlags   = 15
	paramQuotaCommand = 14
	paramQuotaType    = 15
	paramQuotaID      = 16
	paramQuotaFormat  = 17
)

// The options of prctl whose second argument is text: PR_SET_NAME, PR_GET_NAME.
const prctlText = 1<<15 | 1<<16

var processExceptions = [...]exception{
	{
		name: "execve", args: []Source{ExecFilename: FromText0}, params: []int{len(execParams) - 1},
		paths: [2]PathArg{{Name: FromText0}},
	},
	{
		name: "execveat", args: []Source{},
		paths: [2]PathArg{{Name: FromText1, Dir: FromArg0}},
	},
	{name: "clone", args: []Source{CloneFlags: FromArg0}, params: []int{paramCloneFlags}},
	{
		name: "clone3", args: []Source{CloneFlags: fromUint64}, params: []int{paramCloneFlags},
		data: DataArg{Kind: DataStruct, At: FromArg0, Size: 8},
	},
	{name: "fork", args: []Source{}},
	{name: "vfork", args: []Source{}},
	{
		name: "nanosleep", args: []Source{FromResult, fromTime},
		data: DataArg{Kind: DataStruct, At: FromArg0, Size: 16},
	},
	{
		name: "getrlimit", args: []Source{FromResult, fromUint64, fromUint64 + 8, FromArg0},
		data: DataArg{Kind: DataStruct, At: FromArg1, Size: 16, Filled: true},
	},
	{
		name: "setrlimit", args: []Source{FromResult, fromUint64, fromUint64 + 8, FromArg0},
		data: DataArg{Kind: DataStruct, At: FromArg1, Size: 16},
	},
	{
		name: "prlimit",
		args: []Source{FromResult, fromUint64, fromUint64 + 8, FromNothing, FromNothing, FromArg0, FromArg1},
		data: DataArg{Kind: DataStruct, At: FromArg2, Size: 16},
	},
	{name: "ptrace", args: []Source{FromResult, FromArg2, FromArg3, FromArg0, FromArg1}},
	{
		name: "semop",
		args: []Source{
			FromResult, FromArg2, fromUint16, fromUint16 + 2, fromUint16 + 4, fromUint16 + 6, fromUint16 + 8,
			fromUint16 + 10, FromArg0,
		},
		data: DataArg{Kind: DataStruct, At: FromArg1, Size: 12},
	},
	{name: "bpf", returnsFD: true},
	{name: "pidfd_open", returnsFD: true},
	{name: "pidfd_getfd", returnsFD: true},
	{
		name: "prctl", args: []Source{FromResult, FromArg0, FromText1, FromArg1},
		when: Guard{FromArg0, prctlText},
	},
	{
		name: "init_module", args: []Source{FromResult, FromData, FromArg1, FromText2},
		data: DataArg{Kind: DataBuffer, At: FromArg0, Len: FromArg1},
	},
	{
		name: "process_vm_readv", args: []Source{FromResult, FromArg0, FromData}, data: vecRead,
	},
	{
		name: "process_vm_writev", args: []Source{FromResult, FromArg0, FromData}, data: vecWritten,
	},
	{name: "brk", args: []Source{FromResult, FromNothing, FromNothing, FromNothing, FromArg0}},
	{
		name: "mmap",
		args: []Source{
			FromResult, FromNothing, FromNothing, FromNothing, FromArg0, FromArg1, FromArg2, FromArg3, FromArg4, FromArg5,
		},
		fd: FromArg4,
	},
	{
		name: "mmap2",
		args: []Source{
			FromResult, FromNothing, FromNothing, FromNothing, FromArg0, FromArg1, FromArg2, FromArg3, FromArg4, FromArg5,
		},
		fd: FromArg4,
	},
	{name: "munmap", args: []Source{FromResult, FromNothing, FromNothing, FromNothing, FromArg0, FromArg1}},
	{name: "userfaultfd", returnsFD: true},
	{name: "memfd_create", returnsFD: true},
	{
		name: "capset", args: []Source{FromResult, fromCaps + 8, fromCaps + 4, fromCaps},
		data: DataArg{Kind: DataStruct, At: FromArg1, Size: 24},
	},
	{name: "getresuid", args: []Source{FromResult, FromNothing, FromNothing, FromNothing}},
	{name: "getresgid", args: []Source{FromResult, FromNothing, FromNothing, FromNothing}},
	{
		name: "quotactl",
		args: []Source{
			FromResult, FromText1, FromNothing,
			QuotaCommand: FromArg0, QuotaType: FromArg0, QuotaID: FromArg2, QuotaFormat: FromArg2,
		},
		params: []int{0, 1, 2, paramQuotaCommand, paramQuotaType, paramQuotaID, paramQuotaFormat},
		paths:  [2]PathArg{{Name: FromText1}},
	},
}
