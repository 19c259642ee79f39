package live

import "runtime"

// loader is the loader of shared libraries.
func loader() string {
	if runtime.GOARCH == "arm64" {
		return "/lib/ld-linux-aarch64.so.1"
	}
	return "/lib64/ld-linux-x86-64.so.2"
}

// readAround reads a file with the passwords in it: FILE, called NAME in /etc.
func readAround() watched {
	ways := []wayAround{
		{"symlink", "ln -sf FILE /mnt/link-NAME; cat /mnt/link-NAME"},
		{"symlink to the directory", "ln -sfn /etc /mnt/directory; cat /mnt/directory/NAME"},
		{"dots behind a symlink", "mkdir -p /etc/security; ln -sfn /etc/security /mnt/security; cat /mnt/security/../NAME"},
		{"root of a process", "cat /proc/self/root/etc/NAME"},
		{"directory of a process", "cd /etc; cat /proc/self/cwd/NAME"},
		{"root of another process", "sleep 9 & cat /proc/$!/root/etc/NAME; kill $!"},
		{"descriptor of the shell", "cat /proc/self/fd/9 9<FILE"},
		{"input", "cat <FILE"},
		{"directory descriptor", intruder + " dirfd /etc NAME"},
		{"directory descriptor and dots", intruder + " dirfd /etc ../etc/./NAME"},
		{"openat2", intruder + " openat2 none /etc NAME"},
		{"openat2 with a root", intruder + " openat2 in_root /etc /NAME"},
		{"openat2 with a root and dots", intruder + " openat2 in_root /etc ../../../NAME"},
		{"openat2 beneath", intruder + " openat2 beneath /etc ./NAME"},
		{"openat2 without symlinks", intruder + " openat2 no_symlinks /etc NAME"},
		{"openat2 without magic links", intruder + " openat2 no_magiclinks / etc/NAME"},
		{"openat2 on one device", intruder + " openat2 no_xdev /etc NAME"},
		{"openat2 from the cache", "ls -l FILE; " + intruder + " openat2 cached /etc NAME"},
		{"openat2 whose flags change", intruder + " fault-flags FILE"},
		{"path descriptor", intruder + " opath FILE"},
		{"longest name", intruder + " long FILE"},
		{"chroot", intruder + " chroot /etc /NAME"},
		{"chroot in a user namespace", intruder + " userns-chroot /etc /NAME"},
		{"descriptor passed over a socket", intruder + " pass FILE"},
		{"descriptor taken from another process", intruder + " getfd FILE"},
		{"descriptor from fanotify", intruder + " fanotify FILE /bin/cat"},
		{"renamed program", "cp /bin/cat /mnt/sshd; /mnt/sshd FILE"},
		{"symlink to the program", "ln -sf /bin/cat /mnt/login; /mnt/login FILE"},
		{"another argv[0]", "bash -c 'exec -a /usr/sbin/sshd cat FILE'"},
		{"renamed process", intruder + " rename-self sshd FILE"},
		{"loader", loader() + " /bin/cat FILE"},
		{"script", `printf '#!/bin/sh\nread -r line <FILE\n' >/mnt/script; chmod +x /mnt/script; /mnt/script`},
		{"script of an interpreter", "echo 'read -r line <FILE' >/mnt/script.sh; sh /mnt/script.sh"},
		{"script whose interpreter reads it", "printf '#!/bin/cat FILE\n' >/mnt/script.cat; chmod +x /mnt/script.cat; /mnt/script.cat"},
	}
	return watched{
		rule:    readSensitive,
		guarded: []string{"FILE", "/etc/shadow", "NAME", "shadow"}, harmless: []string{"FILE", "/etc/passwd", "NAME", "passwd"},
		ways: ways,
	}
}

// runAround runs PROGRAM, which lies in DIRECTORY: a temporary one.
func runAround() watched {
	return watched{
		rule:     "Program Run From Temporary Directory",
		guarded:  []string{"PROGRAM", "/var/tmp/standin", "DIRECTORY", "/var/tmp"},
		harmless: []string{"PROGRAM", toolDir + "/standin", "DIRECTORY", toolDir},
		ways: []wayAround{
			{"symlink", "ln -sf PROGRAM /mnt/symlink; /mnt/symlink"},
			{"relative", "cd DIRECTORY; ./standin"},
			{"root of a process", "/proc/self/root/DIRECTORY/standin"},
			{"open file", intruder + " execveat PROGRAM"},
			{"directory descriptor", intruder + " execveat-dir DIRECTORY standin"},
			{"another argv[0]", intruder + " exec-named /usr/sbin/sshd PROGRAM"},
			{"interpreter of a script", "printf '#!PROGRAM\\n' >/mnt/script; chmod +x /mnt/script; /mnt/script"},
			{"another thread", intruder + " exec-thread PROGRAM"},
		},
	}
}

// loaderAround has the loader run a program that is not started itself.
func loaderAround() watched {
	return watched{
		rule:    "Program Run Through The Loader",
		guarded: []string{"OPTION", ""}, harmless: []string{"OPTION", "--list"},
		ways: []wayAround{
			{"plain", loader() + " OPTION /bin/true"},
			{"not executable", "cp /bin/true /mnt/data; chmod 600 /mnt/data; " + loader() + " OPTION /mnt/data"},
			{"copy of the loader", "cp " + loader() + " /mnt/ld-linux.so; /mnt/ld-linux.so OPTION /bin/true"},
		},
	}
}

// minerAround runs a program with an ADDRESS in its arguments.
func minerAround() watched {
	return watched{
		rule:    "Detect crypto miners using the Stratum protocol",
		guarded: []string{"ADDRESS", "stratum+tcp://pool.invalid:3333"}, harmless: []string{"ADDRESS", "https://pool.invalid:3333"},
		ways: []wayAround{
			{"last argument", toolDir + "/xmrig -o ADDRESS"},
			{"after 2 KiB", intruder + " exec-padded 2048 " + toolDir + "/xmrig ADDRESS"},
		},
	}
}

// memoryAround runs a program by the way RUN.
func memoryAround() watched {
	return watched{
		rule:    "Program Run From Memory",
		guarded: []string{"RUN", "exec-memory"}, harmless: []string{"RUN", "execveat"},
		ways: []wayAround{{"execveat of a nameless file", intruder + " RUN " + toolDir + "/standin"}},
	}
}

// connectAround connects to ADDRESS, which is one of a mining pool.
func connectAround() watched {
	return watched{
		rule:    "Connection To Mining Pool Port",
		guarded: []string{"ADDRESS", remote + ":3333", "BUSY", remote + ":14444"}, harmless: []string{"ADDRESS", remote + ":3335", "BUSY", remote + ":14443"},
		ways: []wayAround{
			{"plain", intruder + " connect ADDRESS"},
			{"multipath TCP", intruder + " connect-mptcp ADDRESS"},
			{"address changed under way", intruder + " connect-changed BUSY 127.0.0.1:9"},
		},
	}
}
