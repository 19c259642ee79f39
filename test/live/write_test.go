package live

// placeBehaviours are files that are moved, linked, made or given other rights.
func placeBehaviours() []behaviour {
	return []behaviour{
		{
			rule: "Running Program Opened For Writing",
			raises: []step{
				host("sh -c 'exec 3>>/proc/$$/exe'").ending(2), // it is in use
				inside("echo x >>/proc/self/exe").ending(1),
			},
			misses: []step{host("cat /proc/self/exe >/dev/null"), host("echo x >/proc/self/comm"), inside("/bin/cat /proc/1/exe >/dev/null")},
		},
		{
			rule: "System File Put In Place",
			raises: []step{
				host(": >>/etc/resolv.conf; mkdir -p /etc/cron.d; mv /etc/resolv.conf /etc/cron.d/moved"),
				host("mkdir -p /etc/systemd/system; ln -s /mnt/unit /etc/systemd/system/linked.service"),
				inside("/bin/mkdir -p /root/.ssh; echo key >/root/keys; cd /root/.ssh; /bin/mv ../keys authorized_keys"),
				inside("echo key >/root/keys; /bin/ln /root/keys /root/.bashrc"),
			},
			misses: []step{
				host("mv /etc/cron.d/moved /etc/resolv.conf"), host("mkdir -p /mnt/cron.d; : >/mnt/job; mv /mnt/job /mnt/cron.d/job"),
				host("ln -s /etc/systemd/system/linked.service /mnt/unit"),
			},
		},
		{
			rule: "Package Source Changed",
			raises: []step{
				host("mkdir -p /etc/apt/sources.list.d; echo deb >/etc/apt/sources.list.d/x.list"),
				inside("/bin/mkdir -p /etc/apk; echo http://192.0.2.1 >/etc/apk/repositories"),
			},
			misses: []step{host("cat /etc/apt/sources.list.d/x.list"), host("mkdir -p /mnt/apt; echo deb >/mnt/apt/sources.list")},
		},
		{
			rule:   "Package Database Written",
			raises: []step{inside("/bin/mkdir -p /var/lib/dpkg; echo x >/var/lib/dpkg/status")},
			misses: []step{inside("/bin/cat /var/lib/dpkg/status"), inside("/bin/mkdir -p /var/lib/app; echo x >/var/lib/app/status")},
		},
		{
			rule:   "Shared Library Written",
			raises: []step{inside("/bin/mkdir -p /usr/lib; echo x >/usr/lib/libx.so.1"), inside("cd /usr/lib; echo x >x.so")},
			misses: []step{inside("/bin/cat /usr/lib/libx.so.1"), inside("echo x >/usr/lib/notes"), inside("echo x >/root/libx.so.1")},
		},
		{
			rule: "Certificate Authority Added",
			raises: []step{
				host("mkdir -p /etc/ssl/certs; echo x >/etc/ssl/certs/x.pem"), host("ln -s /mnt/x /etc/ssl/certs/y.pem"),
				inside("/bin/mkdir -p /usr/local/share/ca-certificates; echo x >/usr/local/share/ca-certificates/x.crt"),
			},
			misses: []step{host("cat /etc/ssl/certs/x.pem"), host("mkdir -p /mnt/ssl; echo x >/mnt/ssl/x.pem")},
		},
		{
			rule: "Hidden File In System Directory",
			raises: []step{
				host("mkdir /dev/.hidden"), host("mkdir '/mnt/...'"), host("cd /root; : >'.. '"),
				inside("/bin/mkdir -p /usr/share; echo x >/usr/share/.x"),
			},
			misses: []step{host("mkdir /mnt/.hidden; : >/mnt/.hidden/x"), host("mkdir /dev/visible"), inside("echo y >/usr/share/.x")},
		},
		{
			rule: "Binary Directory Changed",
			raises: []step{
				host("ln -s /mnt/x /usr/local/bin/linked"), host("mv /usr/local/bin/linked /mnt/linked2 2>/dev/null || rm /usr/local/bin/linked"),
				host("mkdir /usr/local/bin/d"), inside("/bin/mv /bin/hostname /bin/hostnam"), inside("/bin/rm /bin/hostnam"),
			},
			misses: []step{
				host("ln -s /usr/local/bin/d /mnt/d2"), host("rm /mnt/d2"), host("rm /usr/local/bin/not-there").ending(1),
				host("mkdir -p /mnt/usr/bin"),
			},
		},
		{
			rule:   "File Made Below Dev",
			raises: []step{host(": >/dev/made"), inside(": >/dev/made")},
			misses: []step{host(": >/dev/made"), host(": >/dev/shm/made"), host(": >/dev/null"), inside(": >/dev/shm/made")},
		},
		{
			rule: "Executable Made In Container",
			raises: []step{
				inside("echo x >/tmp/made; /bin/chmod +x /tmp/made"), inside("cd /tmp; echo x >made2; /bin/chmod 700 made2"),
				inside("/opt/tools/actor call openat -100 /tmp/made3 0x41 0755"),
			},
			misses: []step{
				inside("/bin/chmod 600 /tmp/made"), inside("echo x >/root/made; /bin/chmod +x /root/made"), host(": >/mnt/made; chmod +x /mnt/made"),
			},
		},
		{
			rule: "Set Setuid Or Setgid Bit",
			raises: []step{
				host(": >/mnt/setuid; chmod u+s /mnt/setuid"), host(": >/mnt/setgid; chmod 2755 /mnt/setgid"),
				inside("echo x >/root/setuid; cd /root; /bin/chmod 6755 setuid"),
				host(toolDir + "/actor call openat -100 /mnt/setuid2 0x41 0600 , fchmod @1 04755"),
				host(toolDir + "/actor call openat -100 /mnt/setuid3 0x41 04755"),
			},
			misses: []step{host("chmod 755 /mnt/setuid"), host("mkdir /mnt/group; chmod 2775 /mnt/group"), host("chmod u+s /mnt/not-there").ending(1)},
		},
		{
			rule:   "File Given Capabilities",
			raises: []step{host(toolDir + "/setcap cap_setuid+ep /mnt/x"), inside("/opt/tools/setcap cap_setuid+ep /root/x")},
			misses: []step{host(toolDir + "/setcap -r /mnt/x"), host("ls " + toolDir + "/setcap")},
		},
		{
			rule:   "Device File Made In Container",
			raises: []step{inside("/opt/tools/actor call '?mknodat' -100 /root/disk 0x6180 0x801")}, // a block device
			misses: []step{
				inside("/opt/tools/actor call mknodat -100 /root/pipe 0x1180 0"), host(toolDir + "/actor call mknodat -100 /mnt/disk 0x6180 0x801"),
			},
		},
	}
}

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
