package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// withoutDelivered is a rules file that turns off the delivered rules: of the
// rules that match an event only the first raises an alert.
func withoutDelivered(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, name := range delivered(t) {
		fmt.Fprintf(&b, "- rule: %q\n  enabled: false\n  override: {enabled: replace}\n", name)
	}
	return b.String()
}

// TestLiveSiblings makes the system calls that do the same as better known ones:
// each has to be an event of its own type.
func TestLiveSiblings(t *testing.T) {
	tests := []struct{ call, script string }{
		{"openat2", intruder + " openat2 none /etc passwd"},
		{"creat", intruder + " creat /mnt/created"},
		{"open_by_handle_at", intruder + " handle /etc/passwd"},
		// The kernel calls one that succeeded execve; see TestLiveWaysAround.
		{"execveat", intruder + " execveat-dir /mnt not-there || test $? = 1"},
		{"clone3", intruder + " clone3"},
		{"process_vm_writev", intruder + " process-write"},
		{"pidfd_getfd", intruder + " getfd /etc/passwd"},
		{"sendto", intruder + " sendto 127.0.0.1:9"},
		{"sendmsg", intruder + " sendmsg 127.0.0.1:9"},
		{"sendmmsg", intruder + " sendmmsg 127.0.0.1:9"},
		{"recvmsg", intruder + " pass /etc/passwd"},
		{"chroot", intruder + " chroot /etc /passwd"},
		{"userfaultfd", intruder + " fault-flags /etc/passwd"},
		{"io_uring_setup", intruder + " uring-only-created"},
		{"memfd_create", intruder + " exec-memory " + toolDir + "/standin"},
		{"renameat2", "touch /mnt/here; " + intruder + " rename /mnt/here /mnt/there"},
	}
	var text strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&text, "- rule: Call %s\n  desc: The test makes it.\n  condition: evt.type = %s\n  output: mark=%%%s\n  priority: DEBUG\n",
			tt.call, tt.call, markField)
	}
	m := newMarks()
	g := start(t, withoutDelivered(t), text.String())
	s := newIntruderStage(t, m)
	for _, tt := range tests {
		t.Run(tt.call, func(t *testing.T) {
			if tt.call == "creat" {
				requireCompat(t)
			}
			s.room.enter(t)
			done := s.run(t, []step{host(tt.script)})
			g.settle(t)
			if raised := g.rulesBy(done[0].mark); !slices.Contains(raised, "Call "+tt.call) {
				t.Errorf("%s\nraised alerts of %q", tt.script, raised)
			}
		})
	}
}
