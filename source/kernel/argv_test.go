package kernel

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
	"github.com/gyrsec/gyr/source/kernel/record"
)

func TestJoinArgs(t *testing.T) {
	head, tail := "sh\x00"+strings.Repeat("a", keptBytes-3), strings.Repeat("b", 100)+"\x00"
	tests := map[string]struct {
		head, tail string
		full       int
		want       string
		whole      bool
	}{
		"short":      {"sh\x00-c\x00", "", 6, "sh\x00-c\x00", true},
		"two parts":  {head, tail, len(head) + len(tail), head + tail, true},
		"too long":   {head, tail, len(head) + len(tail) + 1, head + argsGap + tail, false},
		"unreadable": {"", "", 6, "", false},
		"half read":  {"sh\x00", "", 6, "sh\x00", false},
		"nothing":    {"", "", 0, "", true},
	}
	for name, tt := range tests {
		if got, whole := joinArgs(tt.head, tt.tail, uint64(tt.full)); got != tt.want || whole != tt.whole {
			t.Errorf("%s: %d bytes, whole %v, want %d and %v", name, len(got), whole, len(tt.want), tt.whole)
		}
	}
}

func TestArgsBudget(t *testing.T) {
	var b argsBudget
	now := time.Now()
	for i, want := range []bool{true, true, false, true} {
		if i == 3 {
			now = now.Add(time.Second)
		}
		if got := b.take(argsRate/2, now); got != want {
			t.Errorf("half of a second's, time %d: %v, want %v", i, got, want)
		}
	}
}

func TestReadArgs(t *testing.T) {
	file := t.TempDir() + "/cmdline"
	text := strings.Repeat("x", maxArgs/2) + strings.Repeat("y", maxArgs/2) + "zz"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, whole := readArgs(file, int64(len(text))); whole || got != text[:maxArgs/2]+argsGap+text[len(text)-maxArgs/2:] {
		t.Errorf("of %d bytes %d are read, whole %v", len(text), len(got), whole)
	}
	if err := os.WriteFile(file, []byte(text[2:]), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, whole := readArgs(file, maxArgs); !whole || got != text[2:] {
		t.Errorf("of %d bytes %d are read, whole %v", maxArgs, len(got), whole)
	}
	// It has become shorter.
	if got, whole := readArgs(file, maxArgs-1); !whole || len(got) != maxArgs-1 {
		t.Errorf("%d bytes are read, whole %v", len(got), whole)
	}
	if err := os.WriteFile(file, []byte("sh\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, whole := readArgs(file, maxArgs); whole || got != "sh\x00" {
		t.Errorf("of what was written over %q is read, whole %v", got, whole)
	}
	if got, whole := readArgs(file+"-", 5); whole || got != "" {
		t.Errorf("of none %q is read, whole %v", got, whole)
	}
}

func TestReadArgv(t *testing.T) {
	if got := ordinaryProc.readArgv(1 << 30); got != (argv{whole: true}) {
		t.Errorf("of none: %+v", got)
	}
	args := strings.Join(os.Args, "\x00") + "\x00"
	if got := ordinaryProc.readArgv(int32(os.Getpid())); got != (argv{args, len(args), true}) {
		t.Errorf("of this process: %+v", got)
	}
}

// A rule sees the whole command line at exec; what is kept has both ends.
func TestPaddedExec(t *testing.T) {
	padding := strings.Repeat("p", 3*keptBytes)
	cmd := exec.Command("sh", "-c", "read x", padding, "middle", padding, "end")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("sh does not run here: %v", err)
	}
	defer cmd.Wait()
	defer in.Close()
	awaitArgs(t, cmd.Process.Pid)
	st, ok := ordinaryProc.readStat(int32(cmd.Process.Pid))
	if !ok {
		t.Fatal("the process is not in /proc")
	}
	full := strings.Join(cmd.Args, "\x00") + "\x00"
	run := func(pid int32, start int64) (atExec *event.Process, kept *event.Process) {
		s, _, _ := newTestSource(event.AllTypes())
		s.handle = func(e *event.Event) { atExec = e.Process }
		r := lifecycle(record.Exec, pid, 1, sinceBoot())
		r.start = start
		r.strs[record.Comm], r.nums[record.ArgsLen] = "sh", uint64(len(full))
		r.strs[record.Args], r.strs[record.ArgsTail] = full[:keptBytes], full[len(full)-keptBytes:]
		s.lifecycle.handle(r.bytes())
		return atExec, s.table.Find(process.KeyOf(pid, start)).Current()
	}
	atExec, kept := run(int32(cmd.Process.Pid), st.start)
	if atExec == nil || atExec.Truncated || atExec.ArgsLine != strings.Join(cmd.Args[1:], " ") {
		t.Errorf("at exec the rule sees %d bytes, want %d", len(atExec.ArgsLine), len(full)-4)
	}
	if !kept.Truncated || len(kept.ArgsLine) > keptArgs || kept.ArgsLen != uint64(len(full)) || kept.Exe != "sh" ||
		!strings.HasPrefix(kept.ArgsLine, "-c read x ppp") || !strings.HasSuffix(kept.ArgsLine, "ppp end") || !strings.Contains(kept.ArgsLine, "p ... p") {
		t.Errorf("afterwards %d bytes are kept: %.20s ... %s", len(kept.ArgsLine), kept.ArgsLine, kept.ArgsLine[max(0, len(kept.ArgsLine)-20):])
	}
	// One that is gone: the ends are all there is.
	atExec, kept = run(1<<30, 5*second)
	if atExec != kept || !kept.Truncated || strings.Contains(kept.ArgsLine, "middle") || !strings.HasSuffix(kept.ArgsLine, " end") {
		t.Errorf("of one that is gone %d bytes are seen", len(kept.ArgsLine))
	}
	// Another program has the PID.
	other, _ := ordinaryProc.readStat(int32(os.Getpid()))
	if atExec, _ := run(int32(os.Getpid()), other.start); !atExec.Truncated || strings.Contains(atExec.ArgsLine, "middle") {
		t.Errorf("of another program: %d bytes", len(atExec.ArgsLine))
	}
}

// In the kernel's own words: what is behind or between padding is seen.
func TestLiveArgs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: watches the running kernel")
	}
	const mark = "what-tells-of-it"
	var mu sync.Mutex
	seen := map[string]*event.Process{}
	types := event.TypeSet{}
	types.Add(event.Execve)
	startSource(t, types, func(e *event.Event) {
		mu.Lock()
		defer mu.Unlock()
		if n := len(e.Process.Args); n > 0 && strings.HasPrefix(e.Process.Args[n-1], "padded-") {
			seen[e.Process.Args[n-1]] = e.Process
		}
	})
	for name, args := range map[string][]string{
		"padded-nothing":   {mark},
		"padded-in-front":  {strings.Repeat("x", 5000), mark},
		"padded-behind":    {mark, strings.Repeat("x", 70000)},
		"padded-much":      {strings.Repeat("x", 70000), mark},
		"padded-both":      {strings.Repeat("x", 70000), mark, strings.Repeat("x", 70000)},
		"padded-with-many": append(strings.Split(strings.Repeat("y ", 3000), " "), mark),
	} {
		cmd := exec.Command("/bin/sh", append(append([]string{"-c", "sleep 0.3; :"}, args...), name)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		for range 100 {
			mu.Lock()
			p := seen[name]
			mu.Unlock()
			if p != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		mu.Lock()
		p := seen[name]
		mu.Unlock()
		want := strings.Join(cmd.Args[1:], " ")
		if p == nil || p.Truncated || p.ArgsLine != want || p.ArgsLen != uint64(len("/bin/sh")+len(want)+2) {
			t.Errorf("%s: not seen as it was passed: %v", name, p != nil)
			continue
		}
		if kept := p.Task.Current(); len(kept.ArgsLine) > keptArgs || !strings.HasSuffix(kept.ArgsLine, name) {
			t.Errorf("%s: %d bytes are kept", name, len(kept.ArgsLine))
		}
	}
}
