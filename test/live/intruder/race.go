package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// raceWays have another thread change what a call was told, or what it did,
// before it returns.
func raceWays() map[string]way {
	return map[string]way{
		"flip":            {"FILE OTHER ROUNDS", flip},
		"slow-open":       {"FILE OTHER DIRECTORY", slowOpen},
		"fifo-open":       {"FIFO OTHER", fifoOpen},
		"fault-rename":    {"FROM TO OTHER", faultRename},
		"fault-open":      {"FILE OTHER DIRECTORY", faultOpen},
		"fault-flags":     {"FILE", faultFlags},
		"steal":           {"FILE OTHER ROUNDS", steal},
		"connect-changed": {"ADDRESS:PORT OTHER:PORT", connectChanged},
		"connect-closed":  {"ADDRESS:PORT", connectClosed},
	}
}

// text is zero-terminated memory that threads may change under way.
type text []byte

func newText(s string) text { return append([]byte(s), make([]byte, pathMax-len(s))...) }

// become changes the text as fast as possible, but not at once for a reader.
func (m text) become(s string) { m[copy(m, s)] = 0 }

func (m text) open() (int, error) {
	here := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(here), uintptr(unsafe.Pointer(&m[0])), unix.O_RDONLY, 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// flip opens a file by a name that another thread changes all the time, and
// prints how often it was that file.
func flip(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	var rounds int
	if _, err := fmt.Sscan(args[2], &rounds); err != nil {
		return err
	}
	name := newText(args[0])
	var over atomic.Bool
	go func() {
		for !over.Load() {
			name.become(args[0])
			name.become(args[1])
		}
	}()
	opened := 0
	for range rounds {
		fd, err := name.open()
		if err != nil {
			continue // neither name, but a bit of both
		}
		if got, err := identityOfFD(fd); err != nil {
			return err
		} else if got == want {
			opened++
		}
		unix.Close(fd)
	}
	over.Store(true)
	fmt.Println(opened)
	return nil
}

// slowLinks is how many symlinks the kernel follows in one name, but for one.
const slowLinks = 39

// slowName is a name whose resolution takes the kernel a millisecond or so:
// symlinks to each other by ways about.
func slowName(file, dir string) (string, error) {
	if err := os.MkdirAll(dir+"/d", 0o755); err != nil {
		return "", err
	}
	target := file
	for i := range slowLinks {
		link := fmt.Sprintf("%s/%s-%d", dir, file[strings.LastIndexByte(file, '/')+1:], i)
		if err := os.Symlink(dir+"/"+strings.Repeat("d/../", 600)+strings.Repeat("../", 20)+target, link); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
		target = link
	}
	return target, nil
}

// attempts bounds how often a race is tried.
const attempts = 1000

// change is what a thread does to a name in the midst of a call.
type change struct {
	at   time.Time
	done chan bool
}

// race calls with a name that another thread changes, until the change has come
// well after the kernel took the name and well before the call returned. It
// prints how often the call did what it was to do.
func race(start func() *change, call func() (did bool, err error)) error {
	did := 0
	for range attempts {
		c := start()
		from := time.Now()
		ok, err := call()
		took := time.Since(from)
		if err != nil {
			return err
		}
		<-c.done
		if !ok {
			continue // changed before the kernel took it
		}
		did++
		if at := c.at.Sub(from); at > 0 && at < took*3/4 {
			fmt.Println(did)
			return nil
		}
	}
	return fmt.Errorf("the name was never changed in time, in %d attempts", attempts)
}

// later changes a name a moment after wait returns.
func (m text) later(to string, wait func() error) *change {
	c := &change{done: make(chan bool)}
	go func() {
		runtime.LockOSThread()
		wait()
		for start := time.Now(); time.Since(start) < 100*time.Microsecond; {
		}
		m.become(to)
		c.at = time.Now()
		close(c.done)
	}()
	return c
}

// changing sets the name and changes it soon afterwards, again and again.
func (m text) changing(from, to string) func() *change {
	return func() *change {
		m.become(from)
		ready := make(chan bool)
		c := m.later(to, func() error { close(ready); return nil })
		<-ready
		return c
	}
}

// slowOpen reads a file by a name that has become another's when the call returns.
func slowOpen(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	link, err := slowName(args[0], args[2])
	if err != nil {
		return err
	}
	name := newText(link)
	return race(name.changing(link, args[1]), func() (bool, error) {
		fd, err := name.open()
		if err != nil {
			return false, nil // the name was changed while the kernel took it
		}
		defer unix.Close(fd)
		got, err := identityOfFD(fd)
		return got == want, err
	})
}

// awaitCall returns when a thread waits within a system call, so that the kernel
// has what was passed.
func awaitCall(thread int, number uintptr) {
	file, call := fmt.Sprintf("/proc/self/task/%d/syscall", thread), fmt.Sprint(number, " ")
	for {
		// What a thread that does not wait has there is "running".
		if now, err := os.ReadFile(file); err == nil && strings.HasPrefix(string(now), call) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// fifoOpen opens a pipe that nobody writes to yet, changes its name while the
// call waits, and only then lets it return.
func fifoOpen(args []string) error {
	if err := unix.Mkfifo(args[0], 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	runtime.LockOSThread()
	thread, name := unix.Gettid(), newText(args[0])
	written := make(chan error, 1)
	go func() {
		awaitCall(thread, unix.SYS_OPENAT)
		name.become(args[1])
		writer, err := unix.Open(args[0], unix.O_WRONLY, 0)
		unix.Close(writer)
		written <- err
	}()
	fd, err := name.open()
	if err != nil {
		return err
	}
	unix.Close(fd)
	// What its name leads to is looked at within milliseconds, through the root
	// directory it has while it lives.
	time.Sleep(200 * time.Millisecond)
	return <-written
}

// stolenAt is the descriptor to which steal's thread takes the file.
const stolenAt = 100

// steal opens a file while another thread takes each new descriptor away and
// puts a harmless file into its place. It prints how often the file was opened
// and how often it was taken before the opener looked.
func steal(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	var rounds int
	if _, err := fmt.Sscan(args[2], &rounds); err != nil {
		return err
	}
	harmless, err := unix.Open(args[1], unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	next, err := unix.Dup(harmless) // the lowest that is free
	if err != nil {
		return err
	}
	unix.Close(next)
	var over, ready atomic.Bool
	go func() {
		runtime.LockOSThread()
		for !over.Load() {
			if _, _, errno := unix.RawSyscall(unix.SYS_DUP3, uintptr(next), stolenAt, 0); errno == 0 {
				unix.RawSyscall(unix.SYS_DUP3, uintptr(harmless), uintptr(next), 0)
				ready.Store(false)
				for !ready.Load() && !over.Load() {
				}
			}
		}
	}()
	runtime.LockOSThread()
	name := newText(args[0])
	opened, taken := 0, 0
	for range rounds {
		ready.Store(true)
		fd, err := name.open()
		if err != nil {
			return err
		}
		opened++
		got, err := identityOfFD(fd)
		if err != nil {
			return err
		}
		if got != want {
			taken++
		}
		for ready.Load() { // until the thief is done with this one
		}
		unix.Close(fd)
	}
	over.Store(true)
	fmt.Println(opened, taken)
	return nil
}
