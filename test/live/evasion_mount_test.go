package live

import (
	"os/exec"
	"slices"
	"testing"
	"time"
)

// inhabit keeps a process in the room until the test ends, as mount namespaces
// have one outside of tests.
func (s *stage) inhabit(t *testing.T) {
	t.Helper()
	s.within(t, func() {
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
	})
}

// awaitIdentity waits until it is known which file of the room the one that rules
// name is: the files of a new mount namespace take some seconds to be found.
func (s *stage) awaitIdentity(t *testing.T, g *instance) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var mark string
		s.within(t, func() {
			mark = s.run(t, []step{host("ln /etc/shadow /etc/known; cat /etc/known; rm /etc/known")})[0].mark
		})
		g.settle(t)
		if slices.Contains(g.rulesBy(mark), readSensitive) {
			return
		}
	}
	t.Fatalf("the file is not known after %v", limit)
}

// TestLiveSameFile reads and runs files under other paths, which the kernel, too,
// takes for theirs.
func TestLiveSameFile(t *testing.T) {
	const (
		unshared = "unshare -m /bin/sh -ec "
		dir      = "/mnt/mounted"
	)
	g := start(t, markedOutputs(t))
	s := newIntruderStage(t, newMarks())
	s.inhabit(t)
	s.awaitIdentity(t, g)
	tryOn(t, g, s,
		readAround().with(
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
			wayAround{"chroot", "chroot DIRECTORY /standin"},
		),
	)
}
