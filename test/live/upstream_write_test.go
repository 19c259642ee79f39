package live

// writeEntries are the rules about files that are written.
func writeEntries(s *upstreamStage) []entry {
	etc := companion{belowEtc, "the file lies there"}
	return []entry{
		{behaviour{
			rule:   "Clear Log Activities",
			raises: []step{acts(": >/var/log/auth.log"), acts("truncate -s 0 /var/log/auth.log; cp /dev/null /var/log/auth.log"), actsInside("echo x >/var/log/syslog")},
			misses: []step{acts("echo line >>/var/log/auth.log"), acts("tail /var/log/auth.log"), acts(": >/mnt/app.log")},
		}, map[string]string{"fd.name": "/var/log/auth.log"}},
		{behaviour{
			rule:   "Detect release_agent File Container Escapes",
			raises: []step{s.actsCapable("/bin/mkdir -p /tmp/cgroup; echo x >/tmp/cgroup/release_agent")},
			misses: []step{
				actsInside("/bin/mkdir -p /tmp/cgroup; echo x >/tmp/cgroup/release_agent"),
				s.actsCapable("/bin/cat /tmp/cgroup/release_agent"), acts("echo x >/mnt/release_agent"),
			},
		}, map[string]string{"fd.name": "/tmp/cgroup/release_agent", "thread.cap_effective": "~ CAP_SYS_ADMIN "}},
		{behaviour{
			rule: "Modify Shell Configuration File",
			raises: []step{
				acts("echo x | tee -a /home/u/.bashrc"), actsInside("echo x | $A/tee -a /tmp/.profile"),
				acts("echo x | tee /etc/profile", etc),
			},
			misses: []step{acts("echo x >>/home/u/.bashrc"), acts("cat /home/u/.bashrc"), acts("echo x | tee /home/u/bashrc")},
		}, map[string]string{"fd.name": "/home/u/.bashrc", "proc.name": "tee", "proc.pcmdline": `~^sh /mnt/steps/.*\.sh$`}},
		{behaviour{
			rule:   "Schedule Cron Jobs",
			raises: []step{acts("echo x >/etc/cron.d/other", etc), acts("$A/crontab -l"), actsInside("$A/crontab -")},
			misses: []step{acts("cat /etc/cron.d/job"), acts("mkdir -p /mnt/etc; echo x >/mnt/etc/crontab")},
		}, map[string]string{"fd.name": "/etc/cron.d/other"}},
		{behaviour{
			rule:   createdBelowDev,
			raises: []step{acts(": >/dev/newfile"), actsInside(": >/dev/newfile"), acts("cd /dev; : >relative")},
			misses: []step{acts("echo x >/dev/null"), acts(": >/dev/ttyX"), acts(": >/dev/shm/file"), acts("cat /dev/newfile")},
		}, map[string]string{"fd.name": "/dev/newfile"}},
		{behaviour{
			rule: "Adding ssh keys to authorized_keys",
			raises: []step{
				acts("echo k | tee -a /root/.ssh/authorized_keys", companion{monitoredDirectory, "the directory is one"}),
				acts("echo k >/home/u/.ssh/authorized_keys", companion{monitoredDirectory, "the directory is one"}),
			},
			misses: []step{
				acts("echo h >>/root/.ssh/known_hosts", companion{monitoredDirectory, "the directory is one"}),
				acts("cat /home/u/.ssh/authorized_keys", companion{readSSH, "it is read"}),
				acts("echo k >/mnt/authorized_keys"),
			},
		}, map[string]string{"fd.name": "/root/.ssh/authorized_keys", "proc.name": "tee"}},
		{behaviour{
			rule:   "Write below binary dir",
			raises: []step{actsInside(": >/usr/bin/less"), actsInside("cd /usr/bin; : >../../usr/bin/more")},
			misses: []step{actsInside(": >/usr/less"), acts("cat /usr/bin/env >/dev/null")},
		}, map[string]string{"fd.name": "/usr/bin/less", "proc.aname[2]": "runc"}},
		{behaviour{
			rule:   monitoredDirectory,
			raises: []step{acts(": >/usr/local/bin/tool"), acts("echo x >>/home/u/.ssh/config")},
			misses: []step{acts("cat /usr/local/bin/tool"), acts(": >/usr/local/bin/../../../mnt/tool"), acts("mkdir -p /usr/local/bin/sub; : >/usr/local/bin/sub/tool")},
		}, map[string]string{"fd.name": "/usr/local/bin/tool"}},
		{behaviour{
			rule:   belowEtc,
			raises: []step{acts("echo 127.0.0.1 a >>/etc/hosts"), acts("cd /etc; echo >>hosts"), actsInside("echo >>/etc/hostname")},
			misses: []step{
				acts("cat /etc/hosts"), acts("$A/rpm call openat -100 /etc/hosts 1025"), acts("mkdir -p /mnt/etc; : >/mnt/etc/hosts"), acts(": >/etc/motd"),
			},
		}, map[string]string{"fd.name": "/etc/hosts", "proc.pname": "live.test", "proc.aname[3]": "*"}},
		{behaviour{
			rule:   belowRoot,
			raises: []step{acts("echo x >/root/file"), actsInside("echo x >/file"), acts("mkdir -p /root/a; echo x >/root/a/b")},
			misses: []step{acts("mkdir -p /root/.cache; : >/root/.cache/x"), acts("echo ls >>/root/.bash_history"), acts("cat /root/file")},
		}, map[string]string{"fd.name": "/root/file"}},
		{behaviour{
			rule:   "Write below rpm database",
			raises: []step{actsInside("/bin/mkdir -p /var/lib/rpm; : >/var/lib/rpm/Packages")},
			misses: []step{actsInside("$A/rpmkeys call openat -100 /var/lib/rpm/Packages 1", inContainer), actsInside("/bin/cat /var/lib/rpm/Packages")},
		}, map[string]string{"fd.name": "/var/lib/rpm/Packages"}},
		{behaviour{
			rule:   "Privileged Container Device Access",
			raises: []step{actsInside("/bin/touch /dev/sdz", companion{createdBelowDev, "there was none"}), actsInside("/bin/cat /dev/sdz")},
			misses: []step{actsInside("/bin/cat /dev/null"), acts("cat /dev/sdz")},
		}, map[string]string{"fd.name": "/dev/sdz"}},
		{behaviour{
			rule:   "Container Access to Host Sensitive Paths",
			raises: []step{actsInside("/bin/mkdir -p /host/etc; echo x >/host/etc/x"), actsInside("/bin/cat /host/etc/x")},
			misses: []step{actsInside("/bin/mkdir -p /hosted; echo x >/hosted/x"), actsInside("/bin/ls /host/etc")},
		}, map[string]string{"fd.name": "/host/etc/x"}},
	}
}
