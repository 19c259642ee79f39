package live

// systemBehaviours are links, and what processes do to each other, to the kernel
// and to what confines them.
func systemBehaviours() []behaviour {
	const actor, actorInside = toolDir + "/actor ", "/opt/tools/actor "
	return []behaviour{
		{
			rule: linkOver,
			raises: []step{
				host("ln -s /etc/shadow /mnt/link1"), host("ln -s ../etc/shadow /mnt/link2"), host("cd /etc; ln -s shadow link3"),
				inside("/bin/ln -s / /root/link"),
			},
			misses: []step{host("ln -s /etc/hosts /mnt/link4"), host("ln -s /etc/shadow /mnt/link1").ending(1), host("cd /mnt; ln -s shadow link5")},
		},
		{
			rule: "Create Hardlink Over Sensitive Files",
			raises: []step{
				host("ln /etc/shadow /etc/hard1"), host("cd /etc; ln shadow hard2"), inside("/bin/ln /etc/shadow /root/hard"),
				host("ln /root/.ssh/id_x /root/hard"),
			},
			misses: []step{host("ln /etc/hosts /etc/hard3"), host("ln /etc/shadow /etc/hard1").ending(1)},
		},
		{
			rule: "Attach To Another Process",
			raises: []step{
				host(actor + "attach ptrace 16 @0 0 0"), host(actor + "attach ptrace 0x4206 @0 0 0"), // PTRACE_ATTACH, PTRACE_SEIZE
				inside(actorInside + "attach ptrace 16 @0 0 0"),
			},
			misses: []step{host(actor + "attach '!ptrace' 7 @0 0 0"), host(actor + "attach kill @0 0"), host(actor + "call '!ptrace' 16 1000000000 0 0")},
		},
		{
			rule:   "Process Asks To Be Traced",
			raises: []step{host(actor + "call ptrace 0 0 0 0"), inside(actorInside + "call ptrace 0 0 0 0")},
			misses: []step{host(actor + "attach '!ptrace' 7 @0 0 0"), host(actor + "call '!ptrace' 1 1 0 0")},
		},
		{
			rule:   "Memory Of Another Process Written",
			raises: []step{host(toolDir + "/intruder process-write"), inside(actorInside + "attach process_vm_readv @0 0 0 0 0 0")},
			misses: []step{host(actor + "attach process_vm_readv @0 0 0 0 0 0"), host(actor + "attach kill @0 0")},
		},
		{
			rule:   "Descriptor Taken From Another Process",
			raises: []step{host(toolDir + "/intruder getfd /etc/hosts"), inside("/opt/tools/intruder getfd /etc/hostname")},
			misses: []step{host(actor + "attach pidfd_open @0 0"), host(actor + "attach pidfd_open @0 0 , '!pidfd_getfd' @1 1000000 0")},
		},
		{
			rule:   "Kernel Module Loaded From Container",
			raises: []step{inside(actorInside + "call '!init_module' hex:7f454c46 4 x"), inside(actorInside + "call '!delete_module' not_there 0")},
			misses: []step{inside("/opt/tools/lsmod"), inside(actorInside + "call getppid")},
		},
		{
			rule:   "Kernel Module Loaded By Unusual Program",
			raises: []step{host(actor + "call '!init_module' hex:7f454c46 4 x"), host(actor + "call openat -100 /etc/hosts 0 , '!finit_module' @1 x 0")},
			misses: []step{host(toolDir + "/lsmod"), host(actor + "call openat -100 /etc/hosts 0")},
		},
		{
			// Without rights to it.
			rule:   "New Kernel Loaded",
			raises: []step{host(asNobody + actor + "call '!kexec_load' 0 0 0 0"), inside(actorInside + "call '!kexec_load' 0 0 0 0")},
			misses: []step{host(asNobody + actor + "call '!reboot' 0 0 0 0"), inside(actorInside + "call getppid")},
		},
		{
			rule:   "eBPF Program Loaded By Unusual Program",
			raises: []step{host(asNobody + actor + "call '!bpf' 5 buf:128 128"), inside(actorInside + "call '!bpf' 5 buf:128 128")},
			misses: []step{host(actor + "call '!bpf' 5 buf:128 128"), host(asNobody + actor + "call '!bpf' 1 buf:128 128")}, // not refused; another command
		},
		{
			rule:   "Namespace Entered From Container",
			raises: []step{capable(actorInside + "call openat -100 /proc/self/ns/net 0 , setns @1 0x40000000")},
			misses: []step{
				inside(actorInside + "call openat -100 /proc/self/ns/net 0 , '!setns' @1 0x40000000"),
				host(actor + "call openat -100 /proc/self/ns/net 0 , setns @1 0x40000000"),
			},
		},
		{
			rule: "User Namespace Made By Unusual Program",
			raises: []step{
				inside("/opt/tools/unshare -U /bin/true", companion{"Namespace Tool In Container", "it was started, too"}),
				host(asNobody+"/var/tmp/unshare -U /usr/bin/true", companion{"Program Run From Temporary Directory", "the program was started there, too"}),
			},
			misses: []step{host("unshare -U true"), host(asNobody + "unshare -U true"), capable(actorInside + "call unshare 0x4000000")},
		},
		{
			rule: "File System Mounted In Container",
			raises: []step{
				inside(actorInside + "call '!mount' none /root tmpfs 0 0"),
				capable(actorInside + "call mount none /root tmpfs 0 0"),
			},
			misses: []step{
				host("mkdir /mnt/mounted; mount -t tmpfs none /mnt/mounted; umount /mnt/mounted"),
				capable(actorInside + "call '!mount' none /not-there tmpfs 0 0"),
			},
		},
		{
			rule:   "Root Directory Changed In Container",
			raises: []step{inside(actorInside + "call chroot /tmp"), inside(actorInside + "call chdir /usr , chroot .")},
			misses: []step{inside(actorInside + "call '!chroot' /not-there"), host(actor + "call chroot /mnt")},
		},
		{
			rule: "File Opened By Handle In Container",
			raises: []step{
				inside(actorInside + "call '!open_by_handle_at' -100 hex:08000000010000000000000000000000 0"),
				capable("/opt/tools/intruder handle /etc/hostname"),
			},
			misses: []step{
				host(actor + "call '!open_by_handle_at' -100 hex:08000000010000000000000000000000 0"), inside("/opt/tools/intruder open /etc/hostname"),
			},
		},
		{
			rule:   "Page Faults Handled By User",
			raises: []step{host(asNobody + actor + "call userfaultfd 1"), inside(actorInside + "call '?userfaultfd' 0")},
			misses: []step{host(actor + "call userfaultfd 1"), host(asNobody + actor + "call memfd_create x 0")},
		},
		{
			rule:   "io_uring Used In Container",
			raises: []step{inside(actorInside + "call '?io_uring_setup' 1 buf:120")},
			misses: []step{host(actor + "call '?io_uring_setup' 1 buf:120"), inside(actorInside + "call '!io_uring_setup' 0 buf:120")},
		},
		{
			rule: "Became Root Without Sudo",
			raises: []step{
				host(asNobody + actor + "call '!setuid' 0"), inside(actorInside + "as 65534 " + actorInside + "call '!setresuid' 0 0 0"),
				orphaned(actor + "login 1000 " + actor + "call setuid 0 , openat -100 /mnt/orphan 0x41 0600"),
			},
			misses: []step{
				host(asNobody + actor + "call setuid 65534"), orphaned(actor + "call setuid 0 , openat -100 /mnt/orphan 0x41 0600"),
				inside(actorInside + "call setuid 0"),
			},
		},
	}
}
