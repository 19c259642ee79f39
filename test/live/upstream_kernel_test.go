package live

// kernelEntries are the rules about calls that change what a process may do,
// or the kernel itself.
func kernelEntries(s *upstreamStage) []entry {
	traced := companion{"PTRACE attached to process", "it attaches"}
	return []entry{
		{behaviour{
			rule:   "Linux Kernel Module Injection Detected",
			raises: []step{s.actsCapable("$A/insmod call '!init_module' hex:7f454c46 4 x"), s.actsCapable("$A/insmod call openat -100 /bin/busybox 0 , '!finit_module' @1 x 0")},
			misses: []step{actsInside("$A/insmod call '!init_module' hex:7f454c46 4 x"), acts("$A/insmod call '!init_module' hex:7f454c46 4 x")},
		}, map[string]string{
			"evt.type": "init_module", "evt.res": "~^E[A-Z]+$", "proc.args": "call !init_module hex:7f454c46 4 x", "proc.name": "insmod",
			"proc.pexepath": "/bin/busybox", "proc.aexepath[2]": "/bin/busybox", "proc.aname[2]": "sh",
		}},
		{behaviour{
			rule: traced.rule,
			raises: []step{
				acts("$A/actor attach ptrace 16 @0 0 0"),     // PTRACE_ATTACH
				acts("$A/actor attach ptrace 0x4206 @0 0 0"), // PTRACE_SEIZE
				s.actsCapable("$A/actor attach ptrace 16 @0 0 0"),
			},
			misses: []step{
				acts("$A/actor attach '!ptrace' 1 @0 0 0"), // PTRACE_PEEKTEXT
				acts("$A/actor attach '!ptrace' 7 @0 0 0"), // PTRACE_CONT
				acts("$A/actor attach kill @0 0"),
			},
		}, map[string]string{"proc.name": "actor", "proc.pcmdline": `~^sh /mnt/steps/.*\.sh$`, "evt.type": "ptrace"}},
		{behaviour{
			rule:   "PTRACE anti-debug attempt",
			raises: []step{acts("$A/actor call ptrace 0 0 0 0"), actsInside("$A/actor call ptrace 0 0 0 0")},
			misses: []step{acts("$A/actor attach ptrace 16 @0 0 0", traced), acts("$A/actor call '!ptrace' 1 1 0 0")},
		}, map[string]string{"proc.name": "actor", "proc.pcmdline": "*"}},
		{behaviour{
			rule: "Change thread namespace",
			raises: []step{
				acts("$A/actor call openat -100 /proc/self/ns/net 0 , setns @1 0"),
				actsInside("$A/nsenter call openat -100 /proc/self/ns/net 0 , '!setns' @1 0"),
			},
			misses: []step{
				acts("$A/nsenter call openat -100 /proc/self/ns/net 0 , setns @1 0"),
				actsInside("$A/kubelet run $A/actor call openat -100 /proc/self/ns/net 0 , '!setns' @1 0"),
			},
		}, map[string]string{"evt.type": "setns", "proc.name": "actor"}},
		{behaviour{
			rule:   "Change namespace privileges via unshare",
			raises: []step{actsInside("$A/actor call '!unshare' 0x20000"), actsInside("$A/actor call '?unshare' 0x10000000")},
			misses: []step{acts("$A/actor call unshare 0x4000000"), s.actsCapable("$A/actor call unshare 0x4000000")},
		}, map[string]string{"evt.type": "unshare", "evt.res": "EPERM"}},
		{behaviour{
			rule: "Non sudo setuid",
			raises: []step{
				acts("$A/actor as 65534 $A/actor call '!setuid' 0"),
				actsInside("$A/actor as 65534 $A/actor call '!setuid' 0"),
			},
			misses: []step{
				acts("$A/actor as 65534 $A/actor call setuid 65534"), acts("$A/actor as 65534 $A/sudo call '!setuid' 0"), acts("$A/actor call setuid 0"),
			},
		}, map[string]string{"evt.arg.uid": "root", "user.name": "nobody", "user.uid": "65534"}},
		{behaviour{
			rule:   "BPF Program Not Profiled",
			raises: []step{acts("$A/actor call '!bpf' 5 buf:128 128"), actsInside("$A/actor call '!bpf' 5 buf:128 128")},
			misses: []step{acts("$A/bpftool call '!bpf' 5 buf:128 128"), acts("$A/actor call '!bpf' 0 buf:128 128")},
		}, map[string]string{"evt.arg.cmd": "BPF_PROG_LOAD", "proc.name": "actor"}},
		{behaviour{
			rule:   "Unprivileged Delegation of Page Faults Handling to a Userspace Process",
			raises: []step{acts("$A/actor as 65534 $A/actor call userfaultfd 1")},
			misses: []step{acts("$A/actor call userfaultfd 1"), acts("$A/actor as 65534 $A/actor call memfd_create x 0")},
		}, map[string]string{"user.name": "nobody", "evt.type": "userfaultfd"}},
	}
}
