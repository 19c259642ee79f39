package live

func writeBehaviours() []behaviour {
	return []behaviour{
		{
			rule:   "Raw Disk Written",
			raises: []step{host("dd if=/dev/zero of=/dev/sdz count=1"), inside("/bin/touch /dev/sdz")},
			misses: []step{host("dd if=/dev/sdz of=/dev/null"), host("dd if=/dev/zero of=/mnt/sdz count=1")},
		},
		{
			rule: "Kernel Helper Program Changed",
			raises: []step{
				// Opened, and nothing is written.
				host(": >>/proc/sys/kernel/core_pattern"),
				inside("/bin/mkdir -p /tmp/cgroup; echo /bin/true >/tmp/cgroup/release_agent"),
			},
			misses: []step{
				host("cat /proc/sys/kernel/core_pattern"), host(": >>/proc/sys/kernel/printk"),
				inside("/bin/cat /proc/sys/kernel/core_pattern"),
			},
		},
		{
			rule:   "Preloaded Library Configured",
			raises: []step{host(": >/etc/ld.so.preload"), inside("echo /tmp/x.so >/etc/ld.so.preload")},
			misses: []step{host(": >/mnt/ld.so.preload"), host("cat /etc/ld.so.preload")},
		},
		{
			rule: "SSH Authorized Keys Written",
			raises: []step{
				host("echo key >>/root/.ssh/authorized_keys"),
				host("ln -s /root/.ssh/authorized_keys /mnt/keys; echo key | tee -a /mnt/keys"),
			},
			misses: []step{host("echo host >>/root/.ssh/known_hosts"), host("cat /root/.ssh/authorized_keys")},
		},
		{
			rule:   "Sudo Rules Written",
			raises: []step{host("mkdir -p /etc/sudoers.d; echo all >/etc/sudoers.d/eve"), inside("echo all >>/etc/sudoers")},
			misses: []step{host("mkdir -p /mnt/sudoers.d; echo all >/mnt/sudoers.d/eve"), host("ls /etc/sudoers.d")},
		},
		{
			rule: "Login Database Written",
			raises: []step{
				host("echo eve::0:0::/:/bin/sh >>/etc/passwd"),
				host("cd /etc; cp shadow /mnt/shadow; cp /mnt/shadow shadow", companion{
					readSensitive, "cp reads the file first",
				}),
				inside("echo eve::0:0::/:/bin/sh >>/etc/passwd"),
			},
			misses: []step{host("chage -M 90 root"), host("cat /etc/passwd"), host("cp /etc/passwd /mnt/passwd")},
		},
		{
			rule:   "Scheduled Job Written",
			raises: []step{host("mkdir -p /etc/cron.d; echo job >/etc/cron.d/x"), inside("echo job >/etc/crontab")},
			misses: []step{host("cat /etc/cron.d/x"), host("mkdir -p /mnt/cron.d; echo job >/mnt/cron.d/x")},
		},
		{
			rule: "Service Definition Written",
			raises: []step{
				host("mkdir -p /etc/systemd/system; echo unit >/etc/systemd/system/x.service"),
				host("mkdir -p /home/u/.config/systemd/user; cd /home/u/.config; echo unit >systemd/user/x.timer"),
			},
			misses: []step{host("cat /etc/systemd/system/x.service"), host("echo unit >/mnt/x.service")},
		},
		{
			rule: "Shell Configuration Written",
			raises: []step{
				host("echo true >>/root/.bashrc"), host("mkdir -p /etc/profile.d; cp /dev/null /etc/profile.d/x.sh"),
				inside("echo true >>/root/.profile"),
			},
			misses: []step{host("echo true >>/root/bashrc"), host("bash -c '. /root/.bashrc'")},
		},
		{
			rule: "Write Below Binary Directory",
			raises: []step{
				host("cp /mnt/tools/true /usr/local/bin/true"),
				inside("/bin/cp /bin/busybox /usr/bin/less"),
				host("ln -s /usr/local/bin /mnt/bin; : >/mnt/bin/tool"),
			},
			misses: []step{host("cp /usr/local/bin/true /mnt/true"), host("/usr/local/bin/true"), host("mkdir -p /home/u/bin; : >/home/u/bin/tool")},
		},
		{
			rule:   "Write Below Etc",
			raises: []step{host("echo 127.0.0.1 a >>/etc/hosts"), host("cd /mnt; sed -i s/a/b/ ../etc/hosts")},
			misses: []step{
				host("cat /etc/hosts"), host(": >>/etc/resolv.conf"), inside("echo 127.0.0.1 a >>/etc/hosts"),
				host("mkdir -p /mnt/etc; cp /etc/hosts /mnt/etc/hosts"),
			},
		},
	}
}
