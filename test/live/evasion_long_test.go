package live

import "testing"

// TestLiveLong hides what tells behind more than a system call can pass or a
// record can hold.
func TestLiveLong(t *testing.T) {
	deep := watched{
		rule:    readSensitive,
		guarded: []string{"DIRECTORY", "/etc/sudoers.d"}, harmless: []string{"DIRECTORY", "/srv"},
	}
	const open = "mkdir -p DIRECTORY; " + intruder + " deep DIRECTORY "
	tryAround(t,
		readAround().with(wayAround{"longest name", intruder + " long FILE"}),
		deep.with(
			wayAround{"200 directories down", open + "200 3"},
			// More than the 4096 bytes that any path of a system call can have.
			wayAround{"8000 bytes down", open + "40 200"},
		),
		runAround().with(
			wayAround{"200 directories down", intruder + " exec-deep PROGRAM DIRECTORY 200 3"},
			wayAround{"8000 bytes down", intruder + " exec-deep PROGRAM DIRECTORY 40 200"},
		),
		minerAround().with(
			wayAround{"after 4 KiB", intruder + " exec-padded 4096 " + toolDir + "/xmrig ADDRESS"},
			wayAround{"after 64 KiB", intruder + " exec-padded 65536 " + toolDir + "/xmrig ADDRESS"},
		),
	)
}
