package event

var fileExceptions = [...]exception{
	{
		name: "open", args: []Source{FromResult, FromText0, FromArg1, FromArg2, FromFDDev, FromFDIno}, fd: FromResult,
		paths: [2]PathArg{{Name: FromText0}},
	},
	{
		name: "openat", args: []Source{FromResult, FromArg0, FromText1, FromArg2, FromArg3, FromFDDev, FromFDIno},
		fd: FromResult, paths: [2]PathArg{{Name: FromText1, Dir: FromArg0}},
	},
	{
		name: "openat2",
		args: []Source{
			FromResult, FromArg0, FromText1, fromUint64, fromUint64 + 8, fromUint64 + 16, FromFDDev, FromFDIno,
		},
		fd: FromResult, paths: [2]PathArg{{Name: FromText1, Dir: FromArg0}},
		data: DataArg{Kind: DataStruct, At: FromArg2, Size: 24},
	},
	{
		name: "creat", args: []Source{FromResult, FromText0, FromArg1, FromFDDev, FromFDIno, FromNothing}, fd: FromResult,
		paths: [2]PathArg{{Name: FromText0}},
	},
	{
		name: "open_by_handle_at", args: []Source{FromResult, FromArg0, FromArg2, FromFDName, FromFDDev, FromFDIno},
		fd: FromResult,
	},
	{name: "fstat64", fd: FromArg0},
	{name: "chdir", paths: [2]PathArg{{Name: FromText0}}},
	{
		name: "symlink", args: []Source{FromResult, FromText0, FromText1},
		paths: [2]PathArg{{Name: FromText0, Literal: true}, {Name: FromText1}},
	},
	{
		name: "symlinkat", args: []Source{FromResult, FromText0, FromArg1, FromText2},
		paths: [2]PathArg{{Name: FromText0, Literal: true}, {Name: FromText2, Dir: FromArg1}},
	},
	{
		name: "mount", args: []Source{FromResult, FromText0, FromText1, FromText2, FromArg3},
		paths: [2]PathArg{{Name: FromText0, Literal: true}, {Name: FromText1}},
	},
	{
		name: "newfstatat", args: []Source{FromResult, FromArg0, FromText1, FromArg3},
		paths: [2]PathArg{{Name: FromText1, Dir: FromArg0}},
	},
	{
		name: "fsconfig", args: []Source{FromResult, FromArg0, FromArg1, FromText2, FromData, FromText3, FromArg4},
		fd:   FromArg0,
		data: DataArg{Kind: DataBuffer, At: FromArg3, Len: FromArg4, When: Guard{FromArg1, fsconfigBinary}},
		when: Guard{FromArg1, fsconfigText},
	},
}

// The commands of fsconfig whose value is bytes, and those whose value is text.
const (
	fsconfigBinary = 1 << 2
	fsconfigText   = 1<<1 | 1<<3 | 1<<4
)
