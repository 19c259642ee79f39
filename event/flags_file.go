package event

// The sets of the calls that name files.
var (
	accessModes = FlagSet{
		{"F_OK", 0}, {"R_OK", 1 << 2}, {"W_OK", 1 << 1}, {"X_OK", 1 << 0},
	}

	fchownatFlags = FlagSet{
		{"AT_SYMLINK_NOFOLLOW", 0x100}, {"AT_EMPTY_PATH", 0x1000},
	}

	flockOperations = FlagSet{
		{"LOCK_SH", 1 << 0}, {"LOCK_EX", 1 << 1}, {"LOCK_NB", 1 << 2}, {"LOCK_UN", 1 << 3}, {"LOCK_NONE", 0},
	}

	fsconfigCommands = FlagSet{
		{"FSCONFIG_SET_FLAG", 0}, {"FSCONFIG_SET_STRING", 1}, {"FSCONFIG_SET_BINARY", 2},
		{"FSCONFIG_SET_PATH", 3}, {"FSCONFIG_SET_PATH_EMPTY", 4}, {"FSCONFIG_SET_FD", 5},
		{"FSCONFIG_CMD_CREATE", 6}, {"FSCONFIG_CMD_RECONFIGURE", 7},
	}

	fstatatFlags = FlagSet{
		{"AT_EMPTY_PATH", 0x1000}, {"AT_NO_AUTOMOUNT", 0x800}, {"AT_SYMLINK_NOFOLLOW", 0x100},
	}

	linkatFlags = FlagSet{
		{"AT_SYMLINK_FOLLOW", 0x400}, {"AT_EMPTY_PATH", 0x1000},
	}

	mountFlags = FlagSet{
		{"RDONLY", 1 << 0}, {"NOSUID", 1 << 1}, {"NODEV", 1 << 2}, {"NOEXEC", 1 << 3}, {"SYNCHRONOUS", 1 << 4},
		{"REMOUNT", 1 << 5}, {"MANDLOCK", 1 << 6}, {"DIRSYNC", 1 << 7}, {"NOATIME", 1 << 10},
		{"NODIRATIME", 1 << 11}, {"BIND", 1 << 12}, {"MOVE", 1 << 13}, {"REC", 1 << 14}, {"SILENT", 1 << 15},
		{"POSIXACL", 1 << 16}, {"UNBINDABLE", 1 << 17}, {"PRIVATE", 1 << 18}, {"SLAVE", 1 << 19},
		{"SHARED", 1 << 20}, {"RELATIME", 1 << 21}, {"KERNMOUNT", 1 << 22}, {"I_VERSION", 1 << 23},
		{"STRICTATIME", 1 << 24}, {"LAZYTIME", 1 << 25}, {"NOSEC", 1 << 28}, {"BORN", 1 << 29},
		{"ACTIVE", 1 << 30}, {"NOUSER", 1 << 31},
	}

	renameFlags = FlagSet{
		{"RENAME_NOREPLACE", 1 << 0}, {"RENAME_EXCHANGE", 1 << 1}, {"RENAME_WHITEOUT", 1 << 2},
	}

	umountFlags = FlagSet{
		{"FORCE", 1 << 0}, {"DETACH", 1 << 1}, {"EXPIRE", 1 << 2}, {"NOFOLLOW", 1 << 3},
	}

	unlinkatFlags = FlagSet{
		{"AT_REMOVEDIR", 0x200},
	}
)
