package runc

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// OpenPTY makes a terminal: what is written to master is typed at terminal,
// what the program there prints is read from master.
func OpenPTY() (master, terminal *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("opening a terminal: %w", err)
	}
	defer func() {
		if err != nil {
			master.Close()
		}
	}()
	var number uint32
	raw, err := master.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	var failed error
	// Control instead of Fd: Fd would take the descriptor out of the poller,
	// and then Close would not end a Read that waits.
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetUint32(int(fd), unix.TIOCGPTN)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, nil, fmt.Errorf("unlocking a terminal: %w", err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("opening a terminal's other side: %w", err)
	}
	return master, terminal, nil
}

// screen keeps all a program printed and lets a test wait for some of it.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{} // closed and replaced at every write
}

func newScreen() *screen { return &screen{changed: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	close(s.changed)
	s.changed = make(chan struct{})
	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until accept takes the text printed so far, and says whether it
// did in time.
func (s *screen) await(limit time.Duration, accept func(string) bool) bool {
	timeout := time.After(limit)
	for {
		s.mu.Lock()
		text, changed := s.text.String(), s.changed
		s.mu.Unlock()
		if accept(text) {
			return true
		}
		select {
		case <-changed:
		case <-timeout:
			return false
		}
	}
}
