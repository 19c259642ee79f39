package event

// fileTypes are the calls that name files: to look at them, link them,
// rename them, mount them, change who may use them.
var fileTypes = [...]Info{
	{
		Name: "stat", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 4, ARM64: -1, I386: []int{106}, ARM: []int{106}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "lstat", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 6, ARM64: -1, I386: []int{107}, ARM: []int{107}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "fstat", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 5, ARM64: 80, I386: []int{108}, ARM: []int{108}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}},
	},
	{
		Name: "stat64", Family: FamilyOther, Category: "file", Call: &Call{AMD64: -1, ARM64: -1, I386: []int{195}, ARM: []int{195}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "lstat64", Family: FamilyOther, Category: "file", Call: &Call{AMD64: -1, ARM64: -1, I386: []int{196}, ARM: []int{196}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "fstat64", Family: FamilyOther, Category: "file", Call: &Call{AMD64: -1, ARM64: -1, I386: []int{197}, ARM: []int{197}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}},
	},
	{
		Name: "getcwd", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 79, ARM64: 17, I386: []int{183}, ARM: []int{183}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: CharBuf}},
	},
	{
		Name: "chdir", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 80, ARM64: 49, I386: []int{12}, ARM: []int{12}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: CharBuf}},
	},
	{
		Name: "fchdir", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 81, ARM64: 50, I386: []int{133}, ARM: []int{133}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}},
	},
	{
		Name: "rename", Family: FamilyRename, Category: "file", Call: &Call{AMD64: 82, ARM64: -1, I386: []int{38}, ARM: []int{38}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "oldpath", Type: FSPath}, {Name: "newpath", Type: FSPath},
		},
	},
	{
		Name: "renameat", Family: FamilyRename, Category: "file", Call: &Call{AMD64: 264, ARM64: 38, I386: []int{302}, ARM: []int{329}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "olddirfd", Type: FDNum}, {Name: "oldpath", Type: FSRelPath},
			{Name: "newdirfd", Type: FDNum}, {Name: "newpath", Type: FSRelPath},
		},
	},
	{
		Name: "symlink", Family: FamilyLink, Category: "file", Call: &Call{AMD64: 88, ARM64: -1, I386: []int{83}, ARM: []int{83}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "target", Type: CharBuf}, {Name: "linkpath", Type: FSPath},
		},
	},
	{
		Name: "symlinkat", Family: FamilyLink, Category: "file", Call: &Call{AMD64: 266, ARM64: 36, I386: []int{304}, ARM: []int{331}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "target", Type: CharBuf}, {Name: "linkdirfd", Type: FDNum},
			{Name: "linkpath", Type: FSRelPath},
		},
	},
	{
		Name: "getdents", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 78, ARM64: -1, I386: []int{141}, ARM: []int{141}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}},
	},
	{
		Name: "getdents64", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 217, ARM64: 61, I386: []int{220}, ARM: []int{217}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}},
	},
	{
		Name: "flock", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 73, ARM64: 32, I386: []int{143}, ARM: []int{143}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "operation", Type: Flags32, Flags: flockOperations},
		},
	},
	{
		Name: "mount", Family: FamilyMount, Category: "file", Call: &Call{AMD64: 165, ARM64: 40, I386: []int{21}, ARM: []int{21}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dev", Type: CharBuf}, {Name: "dir", Type: FSPath},
			{Name: "type", Type: CharBuf}, {Name: "flags", Type: Flags32, Flags: mountFlags},
		},
	},
	{
		Name: "access", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 21, ARM64: -1, I386: []int{33}, ARM: []int{33}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "name", Type: FSPath},
			{Name: "mode", Type: Flags32, Flags: accessModes},
		},
	},
	{
		Name: "mkdir", Family: FamilyMkdir, Category: "file", Call: &Call{AMD64: 83, ARM64: -1, I386: []int{39}, ARM: []int{39}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}, {Name: "mode", Type: Uint32},
		},
	},
	{
		Name: "rmdir", Family: FamilyUnlink, Category: "file", Call: &Call{AMD64: 84, ARM64: -1, I386: []int{40}, ARM: []int{40}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "unlink", Family: FamilyUnlink, Category: "file", Call: &Call{AMD64: 87, ARM64: -1, I386: []int{10}, ARM: []int{10}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}},
	},
	{
		Name: "unlinkat", Family: FamilyUnlink, Category: "file", Call: &Call{AMD64: 263, ARM64: 35, I386: []int{301}, ARM: []int{328}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dirfd", Type: FDNum}, {Name: "name", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: unlinkatFlags},
		},
	},
	{
		Name: "mkdirat", Family: FamilyMkdir, Category: "file", Call: &Call{AMD64: 258, ARM64: 34, I386: []int{296}, ARM: []int{323}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dirfd", Type: FDNum}, {Name: "path", Type: FSRelPath},
			{Name: "mode", Type: Uint32},
		},
	},
	{
		Name: "link", Family: FamilyLink, Category: "file", Call: &Call{AMD64: 86, ARM64: -1, I386: []int{9}, ARM: []int{9}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "oldpath", Type: FSPath}, {Name: "newpath", Type: FSPath},
		},
	},
	{
		Name: "linkat", Family: FamilyLink, Category: "file", Call: &Call{AMD64: 265, ARM64: 37, I386: []int{303}, ARM: []int{330}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "olddir", Type: FDNum}, {Name: "oldpath", Type: FSRelPath},
			{Name: "newdir", Type: FDNum}, {Name: "newpath", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: linkatFlags},
		},
	},
	{
		Name: "fchmodat", Family: FamilyMode, Category: "file", Call: &Call{AMD64: 268, ARM64: 53, I386: []int{306}, ARM: []int{333}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dirfd", Type: FDNum}, {Name: "filename", Type: FSRelPath},
			{Name: "mode", Type: Mode},
		},
	},
	{
		Name: "chmod", Family: FamilyMode, Category: "file", Call: &Call{AMD64: 90, ARM64: -1, I386: []int{15}, ARM: []int{15}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "filename", Type: FSPath}, {Name: "mode", Type: Mode},
		},
	},
	{
		Name: "fchmod", Family: FamilyMode, Category: "file", Call: &Call{AMD64: 91, ARM64: 52, I386: []int{94}, ARM: []int{94}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "mode", Type: Mode}},
	},
	{
		Name: "renameat2", Family: FamilyRename, Category: "file", Call: &Call{AMD64: 316, ARM64: 276, I386: []int{353}, ARM: []int{382}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "olddirfd", Type: FDNum}, {Name: "oldpath", Type: FSRelPath},
			{Name: "newdirfd", Type: FDNum}, {Name: "newpath", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: renameFlags},
		},
	},
	{
		Name: "open_by_handle_at", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 304, ARM64: 265, I386: []int{342}, ARM: []int{371}},
		Params: []Param{
			{Name: "fd", Type: FDNum}, {Name: "mountfd", Type: FDNum}, {Name: "flags", Type: Flags32, Flags: openFlags},
			{Name: "path", Type: FSPath}, {Name: "dev", Type: Uint32}, {Name: "ino", Type: Uint64},
		},
	},
	{
		Name: "fsconfig", Family: FamilyOther, Category: "system", Call: &Call{AMD64: 431, ARM64: 431, I386: []int{431}, ARM: []int{431}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum},
			{Name: "cmd", Type: EnumFlags32, Flags: fsconfigCommands}, {Name: "key", Type: CharBuf},
			{Name: "value_bytebuf", Type: ByteBuf}, {Name: "value_charbuf", Type: CharBuf}, {Name: "aux", Type: Int32},
		},
	},
	{
		Name: "chown", Family: FamilyOwner, Category: "file", Call: &Call{AMD64: 92, ARM64: -1, I386: []int{182, 212}, ARM: []int{182, 212}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}, {Name: "uid", Type: Uint32},
			{Name: "gid", Type: Uint32},
		},
	},
	{
		Name: "lchown", Family: FamilyOwner, Category: "file", Call: &Call{AMD64: 94, ARM64: -1, I386: []int{16, 198}, ARM: []int{16, 198}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}, {Name: "uid", Type: Uint32},
			{Name: "gid", Type: Uint32},
		},
	},
	{
		Name: "fchown", Family: FamilyOwner, Category: "file", Call: &Call{AMD64: 93, ARM64: 55, I386: []int{95, 207}, ARM: []int{95, 207}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "fd", Type: FDNum}, {Name: "uid", Type: Uint32},
			{Name: "gid", Type: Uint32},
		},
	},
	{
		Name: "fchownat", Family: FamilyOwner, Category: "file", Call: &Call{AMD64: 260, ARM64: 54, I386: []int{298}, ARM: []int{325}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dirfd", Type: FDNum}, {Name: "pathname", Type: FSRelPath},
			{Name: "uid", Type: Uint32}, {Name: "gid", Type: Uint32}, {Name: "flags", Type: Flags32, Flags: fchownatFlags},
		},
	},
	{
		Name: "umount", Family: FamilyMount, Category: "file", Call: &Call{AMD64: -1, ARM64: -1, I386: []int{22}},
		Params: []Param{{Name: "res", Type: Errno, Get: result}, {Name: "name", Type: FSPath}},
	},
	{
		Name: "umount2", Family: FamilyMount, Category: "file", Call: &Call{AMD64: 166, ARM64: 39, I386: []int{52}, ARM: []int{52}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "name", Type: FSPath},
			{Name: "flags", Type: Flags32, Flags: umountFlags},
		},
	},
	{
		Name: "mknod", Family: FamilyMkdir, Category: "other", Call: &Call{AMD64: 133, ARM64: -1, I386: []int{14}, ARM: []int{14}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "path", Type: FSPath}, {Name: "mode", Type: Mode},
			{Name: "dev", Type: Uint32},
		},
	},
	{
		Name: "mknodat", Family: FamilyMkdir, Category: "other", Call: &Call{AMD64: 259, ARM64: 33, I386: []int{297}, ARM: []int{324}},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dirfd", Type: FDNum}, {Name: "path", Type: FSRelPath},
			{Name: "mode", Type: Mode}, {Name: "dev", Type: Uint32},
		},
	},
	{
		Name: "newfstatat", Family: FamilyOther, Category: "file", Call: &Call{AMD64: 262, ARM64: 79},
		Params: []Param{
			{Name: "res", Type: Errno, Get: result}, {Name: "dirfd", Type: FDNum}, {Name: "path", Type: FSRelPath},
			{Name: "flags", Type: Flags32, Flags: fstatatFlags},
		},
	},
}
