package event

import "strings"

// uncaptured are the event types rules may name whose families the live source
// does not capture yet: the rules on them are checked, and wait.
func uncaptured() []Info {
	var infos []Info
	for _, group := range waiting {
		for name := range strings.FieldsSeq(group.names) {
			infos = append(infos, Info{Name: name, Family: group.family})
		}
	}
	return infos
}

var waiting = [...]struct {
	family Family
	names  string
}{
	{FamilyIO, `
		close read write pread pwrite readv writev preadv pwritev splice ioctl sendfile copy_file_range
		close_range vmsplice preadv2 tee pwritev2`},
	{FamilyNetwork, `
		socket bind listen send sendto recv recvfrom shutdown getsockname getpeername socketpair
		setsockopt getsockopt sendmsg sendmmsg recvmsg recvmmsg accept accept4`},
	{FamilyOther, `
		pipe eventfd futex stat lstat fstat stat64 lstat64 fstat64 epoll_wait poll select lseek llseek
		getcwd chdir fchdir signalfd nanosleep timerfd_create inotify_init getrlimit setrlimit prlimit
		brk mmap2 munmap quotactl getuid geteuid getgid getegid getresuid getresgid getdents getdents64
		flock semop semctl ppoll semget access seccomp open_by_handle_at mlock munlock mlockall
		munlockall mlock2 fsconfig epoll_create epoll_create1 pipe2 inotify_init1 eventfd2 signalfd4
		newfstatat rseq_slice_yield uprobe file_getattr open_tree_attr setxattrat uretprobe
		lsm_list_modules lsm_get_self_attr capget inotify_rm_watch mq_notify utimes set_robust_list
		shmget fspick timer_delete sethostname listns exit_group clock_gettime listxattrat
		timerfd_gettime timer_getoverrun s390_pci_mmio_write io_setup inotify_add_watch epoll_ctl
		get_thread_area switch_endian setitimer io_submit sched_setaffinity fanotify_init sched_setattr
		sched_getaffinity utimensat fremovexattr getgroups removexattr getcpu llistxattr waitid
		arch_prctl sigaction mq_timedsend setxattr shmdt sigpending fgetxattr lgetxattr fsync spu_create
		fsetxattr lsetxattr idle shmat adjtimex query_module timer_create gettid membarrier swapoff
		madvise s390_pci_mmio_read getpgrp personality getxattr get_mempolicy getpriority removexattrat
		readlinkat clock_getres clock_settime lookup_dcookie quotactl_fd timer_settime mremap rtas
		lsm_set_self_attr syslog fstatfs ioperm riscv_flush_icache uselib reboot futimesat timer_gettime
		flistxattr sched_rr_get_interval gettimeofday readlink syncfs get_robust_list file_setattr
		listxattr set_mempolicy s390_guarded_storage settimeofday mq_unlink swapon pselect6 io_cancel
		ioprio_get uname shmctl time pkey_free readahead statfs fanotify_mark ioprio_set times
		process_madvise rt_sigtimedwait create_module remap_file_pages lremovexattr
		landlock_create_ruleset timerfd pause stime sched_setparam name_to_handle_at utime getpid sync
		getxattrat clock_adjtime restart_syscall io_getevents sysfs get_kernel_syms epoll_pwait
		futex_wait acct setdomainname sysinfo msgsnd mincore cachestat exit getppid io_destroy ustat
		epoll_wait_old vhangup _sysctl alarm rt_sigprocmask rt_sigaction wait4 getpgid sched_yield
		signal statmount clock_nanosleep fdatasync getrusage futex_wake sched_getparam
		sched_setscheduler setpriority mseal kcmp sched_getscheduler sched_get_priority_min
		rt_sigsuspend rt_sigpending semtimedop getitimer timerfd_settime sync_file_range2 ipc mq_open
		epoll_pwait2 msgrcv process_mrelease bdflush msgctl statfs64 fstatfs64 fstatat64 sigprocmask
		socketcall sys_debug_setcontext set_tid_address _newselect map_shadow_stack sgetmask olduname
		mq_getsetattr nice waitpid fallocate sigaltstack getrandom fadvise64 pkey_alloc msgget
		landlock_restrict_self mq_timedreceive landlock_add_rule msync modify_ldt migrate_pages
		futex_waitv move_pages mbind epoll_ctl_old statx io_pgetevents set_mempolicy_home_node getpmsg
		sigsuspend nfsservctl rseq pciconfig_read sched_getattr faccessat2 sync_file_range readdir
		s390_sthyi s390_runtime_instr sigreturn riscv_hwprobe futex_requeue oldstat multiplexer oldlstat
		oldfstat ssetmask spu_run iopl getsid swapcontext pciconfig_write vm86 sched_get_priority_max
		oldolduname faccessat set_thread_area subpage_prot rt_sigreturn pciconfig_iobase listmount
		switch signaldeliver page_fault pluginevent drop scapevent procinfo cpu_hotplug notification
		infra container useradded userdeleted groupadded groupdeleted asyncevent`},
	{FamilySignal, `
		kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo`},
	{FamilyDup, `
		fcntl dup2 dup3 dup`},
	{FamilyMemory, `
		mmap userfaultfd mprotect memfd_create pkey_mprotect memfd_secret`},
	{FamilyTrace, `
		ptrace pidfd_getfd pidfd_open process_vm_readv process_vm_writev`},
	{FamilyRename, `
		rename renameat renameat2`},
	{FamilyLink, `
		symlink symlinkat link linkat`},
	{FamilyCredential, `
		setresuid setresgid setuid setgid setsid setpgid capset prctl setreuid setregid keyctl
		request_key add_key setfsgid setfsuid setgroups`},
	{FamilyNamespace, `
		clone fork vfork setns unshare clone3`},
	{FamilyMount, `
		mount chroot umount umount2 fsmount fsopen move_mount mount_setattr pivot_root open_tree`},
	{FamilyMkdir, `
		mkdir mkdirat mknod mknodat`},
	{FamilyUnlink, `
		rmdir unlink unlinkat`},
	{FamilyMode, `
		fchmodat chmod fchmod umask fchmodat2`},
	{FamilyIOUring, `
		io_uring_setup io_uring_enter io_uring_register`},
	{FamilyBPF, `
		bpf perf_event_open`},
	{FamilyOwner, `
		chown lchown fchown fchownat truncate ftruncate`},
	{FamilyModule, `
		init_module finit_module delete_module kexec_load kexec_file_load`},
}
