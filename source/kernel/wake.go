package kernel

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// wakeups are goroutines that kick the readers of rings that fill up faster
// than they are polled. The kernel half wakes them only when a ring is filled
// to an eighth, so they cost nothing until then.
type wakeups struct {
	files []*os.File
	group sync.WaitGroup
}

func (s *Source) watchRings() *wakeups {
	w := &wakeups{}
	watch := func(fd int, r *reader) {
		if err := w.watch(fd, r); err != nil {
			// Polling goes on: only the room for a sudden burst is smaller.
			s.options.Log.Warn("a ring buffer's wake-ups cannot be used", "error", err)
		}
	}
	watch(s.loaded.objects.Lifecycle.FD(), &s.lifecycle.reader)
	for i, m := range s.loaded.rings {
		watch(m.FD(), &s.workers[i].reader)
	}
	return w
}

// watch hands a copy of the descriptor to the runtime's poller.
func (w *wakeups) watch(fd int, r *reader) error {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("duplicate a ring buffer's descriptor: %w", err)
	}
	if err := unix.SetNonblock(dup, true); err != nil {
		_ = unix.Close(dup)
		return fmt.Errorf("make a ring buffer's descriptor non-blocking: %w", err)
	}
	f := os.NewFile(uintptr(dup), "ring buffer")
	raw, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return err
	}
	w.files = append(w.files, f)
	w.group.Go(func() {
		// The function is called again after each wake-up; it returns false to
		// wait for the next. Read ends when the file is closed.
		_ = raw.Read(func(uintptr) bool {
			r.wake()
			return false
		})
	})
	return nil
}

func (w *wakeups) stop() {
	for _, f := range w.files {
		_ = f.Close()
	}
	w.group.Wait()
}
