package live

// nameEntries are the rules about names that are made, changed and taken away.
func nameEntries(*upstreamStage) []entry {
	return []entry{
		{behaviour{
			rule: symlinkSensitive,
			raises: []step{
				acts("ln -s /etc/shadow /mnt/s1"), acts("$A/actor call symlink /etc /mnt/s2"),
				actsInside("/bin/ln -s /root /tmp/s3"),
			},
			misses: []step{acts("ln -s /etc/hosts /mnt/s4"), acts("ln -s /mnt/s4 /etc/s5")},
		}, map[string]string{"evt.arg.target": "/etc/shadow", "evt.arg.linkpath": "/mnt/s1", "evt.type": "symlinkat"}},
		{behaviour{
			rule: "Create Hardlink Over Sensitive Files",
			raises: []step{
				acts("$A/actor call link /etc/shadow /etc/h1"), acts("ln /etc/shadow /etc/h2"),
				actsInside("/bin/ln /etc/shadow /tmp/h3"),
			},
			misses: []step{acts("ln /etc/hosts /etc/h4"), acts("$A/actor call '!link' /mnt/not-there /etc/h5")},
		}, map[string]string{"evt.arg.oldpath": "/etc/shadow", "evt.arg.newpath": "/etc/h1"}},
		{behaviour{
			rule: "Delete or rename shell history",
			raises: []step{
				acts("rm /home/u/.bash_history"),
				acts(": >>/home/u/.zsh_history; mv /home/u/.zsh_history /home/u/.old"),
				acts(": >>/home/u/.ash_history; $A/actor call unlink /home/u/.ash_history"),
				acts(": >>/home/u/.ash_history; $A/actor call renameat -100 /home/u/.ash_history -100 /home/u/.older"),
				acts(": >/home/u/.zsh_history"),
				actsInside(": >>/tmp/.ash_history; /bin/rm /tmp/.ash_history"),
			},
			misses: []step{
				acts("echo ls >>/home/u/.zsh_history"), acts("rm -f /home/u/history"), acts("$A/docker call unlink /home/u/.zsh_history"),
			},
		}, map[string]string{"evt.arg.name": "/home/u/.bash_history", "evt.type": "unlinkat"}},
		{behaviour{
			rule: "Set Setuid or Setgid bit",
			raises: []step{
				acts("chmod u+s /mnt/plain"), acts("$A/actor call chmod /mnt/plain 02755"),
				acts("$A/actor call openat -100 /mnt/plain 0 , fchmod @1 06755"), actsInside(": >/tmp/tool; /bin/chmod 4755 /tmp/tool"),
			},
			misses: []step{acts("chmod 1755 /mnt/plain"), acts("$A/kubelet call chmod /mnt/plain 04755"), acts("stat /mnt/plain")},
		}, map[string]string{"evt.type": "fchmodat", "evt.arg.filename": "/mnt/plain", "evt.arg.mode": "S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR|S_ISUID"}},
		{behaviour{
			rule: "Update Package Repository",
			raises: []step{
				acts(": >>/etc/apt/sources.list", companion{belowEtc, "the file lies there"}),
				acts("mv /etc/apt/sources.list /etc/apt/sources.save"),
			},
			misses: []step{
				acts("cat /etc/apt/sources.save"), acts("$A/apt-get call openat -100 /etc/apt/sources.save 1025"),
				acts("mv /mnt/plain /mnt/plain2; mv /mnt/plain2 /mnt/plain"),
			},
		}, map[string]string{"fd.name": "/etc/apt/sources.list"}},
		{behaviour{
			rule: "Modify binary dirs",
			raises: []step{
				actsInside("/bin/ln -s busybox /usr/bin/n1; /bin/mv /usr/bin/n1 /usr/bin/n2"), actsInside("/bin/rm /usr/bin/n2"),
				actsInside("$A/actor call mkdir /usr/bin/dir 0755 , rmdir /usr/bin/dir", companion{makesBinaryDirectory, "it is made first"}),
			},
			misses: []step{actsInside("/bin/ln -s busybox /tmp/n3; /bin/mv /tmp/n3 /tmp/n4; /bin/rm /tmp/n4"), actsInside("$A/rpm call '!unlink' /usr/bin/not-there", inContainer)},
		}, map[string]string{"evt.args": "res=0 oldpath=/usr/bin/n1 newpath=/usr/bin/n2", "evt.type": "rename"}},
		{behaviour{
			rule:   makesBinaryDirectory,
			raises: []step{actsInside("/bin/mkdir /usr/bin/sub"), actsInside("$A/actor call mkdirat -100 /usr/sbin/sub 0755 ").ending(1)},
			misses: []step{actsInside("/bin/mkdir /usr/sub"), actsInside("/bin/mkdir /tmp/sub"), actsInside("$A/rpmkeys call '!mkdir' /usr/bin/sub 0755", inContainer)},
		}, map[string]string{"evt.arg.path": "/usr/bin/sub", "evt.type": "mkdir"}},
	}
}

const makesBinaryDirectory = "Mkdir binary dirs"

// inContainer is the companion of package managers in containers.
var inContainer = companion{"Launch Package Management Process in Container", "it is one"}
