package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// running is a channel to a program that has a directory of its own as $D.
func running(t *testing.T, keep bool, program string, o Options) (c *Channel, dir string) {
	t.Helper()
	dir = t.TempDir()
	program = strings.ReplaceAll(program, "$D", dir)
	return New("program", NewProgram(ProgramOptions{Program: program, KeepAlive: keep, Stdout: os.Stdout, Stderr: os.Stderr}), o), dir
}

func TestProgram(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprintf("keep=%v", keep), func(t *testing.T) {
			c, dir := running(t, keep, "echo $$ >> $D/starts; cat >> $D/out", Options{})
			sendAll(c, 1, 30)
			mustClose(t, c)
			if diff := cmp.Diff(alerts(1, 30), linesOf(t, dir+"/out")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			want := map[bool]int{false: 30, true: 1}[keep]
			if n := len(linesOf(t, dir+"/starts")); n != want {
				t.Errorf("started %d times, want %d", n, want)
			}
		})
	}
}

// A program that ends is started again; the alerts it took count as sent.
func TestProgramThatEnds(t *testing.T) {
	c, dir := running(t, true, "head -n 1 >> $D/out", Options{Retries: 5})
	p := c.to.(*program)
	for i := 1; i <= 3; i++ {
		sendAll(c, i, i)
		await(t, "the alert", func() bool { return len(linesOf(t, dir+"/out")) == i })
		settled(t, c, uint64(i))
		if i < 3 { // head has it; wait for its end, which the shell's follows
			<-p.running.alive.Done()
		}
	}
	mustClose(t, c)
	if diff := cmp.Diff(alerts(1, 3), linesOf(t, dir+"/out")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A program that ends at once is not started all the time, and each alert is
// sent or lost.
func TestProgramThatEndsAtOnce(t *testing.T) {
	c, dir := running(t, true, "echo x >> $D/starts; exit 3", Options{Retries: 1})
	begin := time.Now()
	for i := 1; i <= 200; i++ {
		sendAll(c, i, i)
		time.Sleep(5 * time.Millisecond) // alerts come all the time
	}
	took := time.Since(begin)
	starts := len(linesOf(t, dir+"/starts"))
	if starts < 1 || starts > int(took/restartWait)+2 {
		t.Errorf("started %d times in %v", starts, took)
	}
	_ = c.Close(50 * time.Millisecond) // it hangs or not, as the program is started or not
	<-c.ended
	if c.Sent()+c.Lost() != 200 {
		t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
	}
}

// What is not there is an error each time, told once.
func TestProgramThatIsNotThere(t *testing.T) {
	var tr trouble
	c, _ := running(t, false, "$D/none 2>/dev/null", tr.options(Options{}))
	sendAll(c, 1, 5)
	settled(t, c, 5)
	if err := c.Close(limit); err == nil || !strings.Contains(err.Error(), "the shell cannot start it") {
		t.Errorf("%v", err)
	}
	if c.Lost() != 5 {
		t.Errorf("%d lost", c.Lost())
	}
	tr.check(t, 1, 0)
}

// What a program returns otherwise is no error.
func TestProgramStatus(t *testing.T) {
	c, _ := running(t, false, "cat > /dev/null; exit 1", Options{})
	sendAll(c, 1, 1)
	mustClose(t, c)
	if c.Sent() != 1 {
		t.Errorf("%d sent", c.Sent())
	}
}

// A program that hangs is told of, ended at Reopen, and gets what it did not take.
func TestProgramHangs(t *testing.T) {
	var tr trouble
	c, dir := running(t, true, "echo x >> $D/starts; test -e $D/well && exec cat >> $D/out; exec sleep 1000",
		tr.options(Options{Timeout: time.Second, Retries: 1}))
	long := strings.Repeat("x", 3000)
	for i := range 100 { // more than a pipe holds
		a := line(i)
		a.Output = fmt.Sprintf("%d %s", i, long)
		c.Send(a)
	}
	await(t, "the timeout", func() bool { return tr.slow.Load() == 1 })
	sent := c.Sent()
	if sent == 0 || sent > 64 {
		t.Fatalf("%d sent", sent)
	}
	if err := os.WriteFile(dir+"/well", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Reopen()
	mustClose(t, c)
	got := linesOf(t, dir+"/out")
	if uint64(len(got)) != 100-sent || c.Sent() != 100 || c.Lost() != 0 {
		t.Fatalf("%d lines, %d sent, %d lost; %d went to the one that hung", len(got), c.Sent(), c.Lost(), sent)
	}
	for i, l := range got {
		if l != fmt.Sprintf("%d %s", i+int(sent), long) {
			t.Fatalf("line %d is %.20q, of %d bytes", i, l, len(l))
		}
	}
	if n := len(linesOf(t, dir+"/starts")); n != 2 {
		t.Errorf("started %d times", n)
	}
}

// Neither the end nor another alert waits for a program that does not end, and
// nothing of it stays behind.
func TestProgramIsEnded(t *testing.T) {
	for _, keep := range []bool{false, true} {
		c, dir := running(t, keep, "echo $$ > $D/pid; sleep 1000 & sleep 1000", Options{})
		sendAll(c, 1, 1)
		await(t, "the program", func() bool { return len(linesOf(t, dir+"/pid")) == 1 })
		if err := c.Close(20 * time.Millisecond); !errors.Is(err, ErrHangs) {
			t.Errorf("keep %v: %v", keep, err)
		}
		<-c.ended
		group := linesOf(t, dir+"/pid")[0]
		await(t, "the end of all it started", func() bool { return !alive(t, group) })
	}
}

// alive reports whether a process of the group is there that has not ended.
func alive(t *testing.T, group string) bool {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stats {
		b, _ := os.ReadFile(s) // it may be gone
		if _, rest, ok := strings.Cut(string(b), ") "); ok {
			if f := strings.Fields(rest); f[2] == group && f[0] != "Z" {
				return true
			}
		}
	}
	return false
}
