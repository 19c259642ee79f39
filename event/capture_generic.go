package event

import "slices"

// Of the calls whose events tell no more than that they were made, the
// descriptor and the file names they are about.

// onFirst are about the descriptor that is their first argument.
var onFirst = [...]string{
	"fsync", "fdatasync", "ftruncate", "fallocate", "fadvise64", "fgetxattr", "fsetxattr", "flistxattr",
	"fremovexattr", "fstatfs", "fstatfs64", "readahead", "sync_file_range", "sync_file_range2", "syncfs",
	"preadv2", "pwritev2", "vmsplice", "tee", "inotify_rm_watch", "timerfd_settime", "timerfd_gettime",
	"pidfd_send_signal", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "quotactl_fd", "oldfstat", "readdir",
	"process_madvise", "process_mrelease", "cachestat", "kexec_file_load", "landlock_add_rule",
	"landlock_restrict_self", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",
}

// makesFD return a descriptor.
var makesFD = [...]string{
	"fsopen", "fsmount", "perf_event_open", "fanotify_init", "landlock_create_ruleset", "mq_open", "memfd_secret",
}

// namesFirst have a file name as their first argument.
var namesFirst = [...]string{
	"truncate", "readlink", "statfs", "statfs64", "utime", "utimes", "uselib", "swapon", "swapoff", "acct",
	"setxattr", "lsetxattr", "getxattr", "lgetxattr", "listxattr", "llistxattr", "removexattr", "lremovexattr",
	"oldstat", "oldlstat",
}

// namesAt have the descriptor of a directory and a file name relative to it as
// their first arguments.
var namesAt = [...]string{
	"readlinkat", "faccessat", "faccessat2", "fchmodat2", "utimensat", "futimesat", "statx", "fstatat64",
	"name_to_handle_at", "mount_setattr", "file_getattr", "file_setattr", "setxattrat", "getxattrat",
	"listxattrat", "removexattrat",
}

// generic are those that are neither.
var generic = [...]exception{
	{name: "open_tree", fd: FromResult, paths: atFirst},
	{name: "open_tree_attr", fd: FromResult, paths: atFirst},
	{name: "fspick", fd: FromResult, paths: atFirst},
	{name: "pivot_root", paths: [2]PathArg{{Name: FromText0}, {Name: FromText1}}},
	{name: "move_mount", paths: [2]PathArg{{Name: FromText1, Dir: FromArg0}, {Name: FromText3, Dir: FromArg2}}},
	{name: "inotify_add_watch", fd: FromArg0, paths: [2]PathArg{{Name: FromText1}}},
	{name: "fanotify_mark", fd: FromArg0, paths: [2]PathArg{{Name: FromText4, Dir: FromArg3}}},
}

// atFirst is a name relative to a directory, both the call's first arguments.
var atFirst = [2]PathArg{{Name: FromText1, Dir: FromArg0}}

func genericException(name string) exception {
	switch {
	case slices.Contains(onFirst[:], name):
		return exception{fd: FromArg0}
	case slices.Contains(makesFD[:], name):
		return exception{fd: FromResult}
	case slices.Contains(namesFirst[:], name):
		return exception{paths: [2]PathArg{{Name: FromText0}}}
	case slices.Contains(namesAt[:], name):
		return exception{paths: atFirst}
	}
	for _, x := range generic {
		if x.name == name {
			return x
		}
	}
	return exception{}
}
