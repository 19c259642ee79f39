package live

import "testing"

// TestLiveSameFile reads and runs files under other paths, which the kernel, too,
// takes for theirs. What a file of the room is has to be known first: a program
// reads it by its name.
func TestLiveSameFile(t *testing.T) {
	const (
		unshared = "unshare -m /bin/sh -ec "
		dir      = "/mnt/mounted"
	)
	read := readAround()
	read.before = "cat FILE"
	tryAround(t,
		read.with(
			wayAround{"hard link", "ln FILE /etc/link-NAME; cat /etc/link-NAME; rm /etc/link-NAME"},
			wayAround{"hard link in another directory", "mkdir -p /etc/x; ln FILE /etc/x/y; cat /etc/x/y; rm /etc/x/y"},
			wayAround{"renamed", "mv FILE /etc/moved; cat /etc/moved; mv /etc/moved FILE"},
			wayAround{"bind mount", unshared + "'touch /mnt/file; mount --bind FILE /mnt/file; cat /mnt/file'"},
			wayAround{"bind mount of the directory", unshared + "'mkdir -p " + dir + "; mount --bind /etc " + dir + "; cat " + dir + "/NAME'"},
			wayAround{"moved mount", unshared + "'mkdir -p " + dir + "; mount --move /etc " + dir + "; cat " + dir + "/NAME'"},
			wayAround{"mount without a place", intruder + " tree /etc NAME"},
			wayAround{"layer of an overlay", unshared + "'mkdir -p " + dir + "; mount -t overlay x -o lowerdir=/etc:/srv " + dir + "; cat " + dir + "/NAME'"},
			wayAround{"handle", intruder + " handle FILE"},
		),
		runAround().with(
			wayAround{"bind mount", unshared + "'touch /mnt/program; mount --bind PROGRAM /mnt/program; /mnt/program'"},
			wayAround{"bind mount of the directory", unshared + "'mkdir -p " + dir + "; mount --bind DIRECTORY " + dir + "; " + dir + "/standin'"},
			wayAround{"chroot", "chroot DIRECTORY /standin"},
		),
	)
}
