package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

// trouble counts what a channel tells.
type trouble struct{ failing, recovered, slow, absent atomic.Int64 }

func (tr *trouble) options(o Options) Options {
	o.Failing = func(error) { tr.failing.Add(1) }
	o.Recovered = func() { tr.recovered.Add(1) }
	o.Slow = func() { tr.slow.Add(1) }
	o.Absent = func(error) { tr.absent.Add(1) }
	return o
}

func (tr *trouble) check(t *testing.T, failing, recovered int64) {
	t.Helper()
	if f, r := tr.failing.Load(), tr.recovered.Load(); f != failing || r != recovered {
		t.Errorf("%d failures and %d recoveries were told, want %d and %d", f, r, failing, recovered)
	}
}

// settled waits until n alerts have been sent or lost.
func settled(t *testing.T, c *Channel, n uint64) {
	t.Helper()
	await(t, fmt.Sprintf("%d outcomes", n), func() bool { return c.Sent()+c.Lost()+c.Unheard() == n })
}

func mustClose(t *testing.T, c *Channel) {
	t.Helper()
	if err := c.Close(limit); err != nil {
		t.Fatal(err)
	}
}

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func alerts(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprintf("alert %d", i))
	}
	return all
}

// sendAll sends the alerts of these numbers.
func sendAll(c *Channel, from, to int) {
	for i := from; i <= to; i++ {
		c.Send(line(i))
	}
}

func TestFile(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for _, buffered := range []bool{false, true} {
			t.Run(fmt.Sprintf("keep=%v,buffered=%v", keep, buffered), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "events")
				if err := os.WriteFile(path, []byte("alert 0\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				c := New("file", NewFile(FileOptions{Filename: path, KeepAlive: keep}), Options{Buffered: buffered})
				sendAll(c, 1, 500)
				mustClose(t, c)
				if diff := cmp.Diff(alerts(0, 500), linesOf(t, path)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if c.Sent() != 500 || c.Lost() != 0 {
					t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
				}
			})
		}
	}
}

// A renamed file gets nothing more after Reopen; the old one is let go of at once.
func TestFileReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	c := New("file", NewFile(FileOptions{Filename: path, KeepAlive: true}), Options{})
	sendAll(c, 1, 3)
	settled(t, c, 3)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	sendAll(c, 4, 4)
	settled(t, c, 4)
	if !holds(t, path+".1") {
		t.Fatal("the file was not kept open")
	}
	c.Reopen()
	await(t, "the renamed file to be closed", func() bool { return !holds(t, path+".1") })
	sendAll(c, 5, 6)
	mustClose(t, c)
	got := [][]string{linesOf(t, path+".1"), linesOf(t, path)}
	if diff := cmp.Diff([][]string{alerts(1, 4), alerts(5, 6)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// holds reports whether this process has the file open.
func holds(t *testing.T, path string) bool {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == path {
			return true
		}
	}
	return false
}

// A directory that is missing is told once, however often it is looked for, and
// when it is there all is well.
func TestFileWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	var tr trouble
	c := New("file", NewFile(FileOptions{Filename: filepath.Join(dir, "events")}), tr.options(Options{Retries: 1}))
	sendAll(c, 1, 3)
	await(t, "two losses", func() bool { return c.Lost() >= 2 })
	tr.check(t, 1, 0)
	settled(t, c, 3)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	sendAll(c, 4, 4)
	settled(t, c, 4)
	mustClose(t, c)
	if diff := cmp.Diff(alerts(4, 4), linesOf(t, filepath.Join(dir, "events"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Lost() != 3 {
		t.Errorf("%d lost", c.Lost())
	}
	tr.check(t, 1, 1)
}

// On a full disk no half line stays behind, what is lost is counted, and when
// there is room again all is well.
func TestFileOnAFullDisk(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprintf("keep=%v", keep), func(t *testing.T) {
			dir := t.TempDir()
			if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16k"); err != nil {
				t.Skipf("mounting needs root: %v", err)
			}
			defer func() {
				if err := syscall.Unmount(dir, 0); err != nil {
					t.Error(err)
				}
			}()
			ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "events")
			if err := os.WriteFile(ballast, make([]byte, 8<<10), 0o600); err != nil {
				t.Fatal(err)
			}
			var tr trouble
			c := New("file", NewFile(FileOptions{Filename: path, KeepAlive: keep}), tr.options(Options{Retries: 1}))
			long := func(i int) *alert.Alert {
				a := line(i)
				a.Output += strings.Repeat(".", 3000)
				return a
			}
			for i := 1; i <= 4; i++ { // room for two and a half
				c.Send(long(i))
			}
			settled(t, c, 4)
			if c.Sent() != 2 || c.Lost() != 2 {
				t.Errorf("%d sent, %d lost, want 2 and 2", c.Sent(), c.Lost())
			}
			tr.check(t, 1, 0)
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			c.Send(long(5))
			settled(t, c, 5)
			mustClose(t, c)
			want := []string{long(1).Output, long(2).Output, long(5).Output}
			if diff := cmp.Diff(want, linesOf(t, path)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			tr.check(t, 1, 1)
		})
	}
}

// A named pipe that nobody reads holds up nothing; one that is read gets alerts.
func TestFileIsANamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	c := New("file", NewFile(FileOptions{Filename: path}), Options{})
	sendAll(c, 1, 1)
	settled(t, c, 1)
	if c.Lost() != 1 {
		t.Errorf("%d lost, want 1", c.Lost())
	}
	read, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	sendAll(c, 2, 2)
	settled(t, c, 2)
	b := make([]byte, 100)
	n, err := read.Read(b)
	if err != nil || string(b[:n]) != "alert 2\n" {
		t.Errorf("%q, %v", b[:n], err)
	}
	// Its reader hangs: closing does not.
	for i := range 40 {
		a := line(i)
		a.Output = strings.Repeat("x", 4000)
		c.Send(a)
	}
	begin := time.Now()
	if err := c.Close(50 * time.Millisecond); !errors.Is(err, ErrHangs) || time.Since(begin) > 5*time.Second {
		t.Errorf("closed after %v: %v", time.Since(begin), err)
	}
	<-c.ended
}

// critical is a rule of another priority.
var critical = &rules.Rule{Name: "C", Priority: rules.Critical}
