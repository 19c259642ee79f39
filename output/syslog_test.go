package output

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

// daemon listens at a socket as syslog daemons do.
func daemon(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func message(t *testing.T, d net.Conn) string {
	t.Helper()
	if err := d.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	n, err := d.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func logTo(path string) Receiver {
	return NewSyslog(SyslogOptions{Tag: "falco", Sockets: []string{path + ".none", path}})
}

// Priorities are syslog's, the facility is user (1), the form the C library's.
func TestSyslog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	d := daemon(t, path)
	c := New("syslog", logTo(path), Options{})
	for i, p := range []rules.Priority{rules.Emergency, rules.Critical, rules.Warning, rules.Informational, rules.Debug} {
		a := line(i)
		a.Rule = &rules.Rule{Name: "r", Priority: p}
		c.Send(a)
		before := time.Now()
		got := message(t, d)
		m := regexp.MustCompile(`^<(\d+)>([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) falco\[(\d+)\]: (.*)$`).FindStringSubmatch(got)
		if m == nil {
			t.Fatalf("%q", got)
		}
		want := []string{fmt.Sprint(8 + []int{0, 2, 4, 6, 7}[i]), fmt.Sprint(os.Getpid()), line(i).Output}
		if diff := cmp.Diff(want, []string{m[1], m[3], m[4]}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		at, err := time.ParseInLocation(time.Stamp, m[2], time.Local)
		if at = at.AddDate(before.Year(), 0, 0); err != nil || at.Sub(before).Abs() > time.Minute {
			t.Errorf("time %s, it is %v", m[2], before)
		}
	}
	mustClose(t, c)
}

// A daemon that is restarted gets all alerts, those of the meantime too, at a
// socket of the same name.
func TestSyslogRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	d := daemon(t, path)
	var tr trouble
	c := New("syslog", logTo(path), tr.options(Options{Retries: 5}))
	sendAll(c, 1, 1)
	got := []string{message(t, d)}
	d.Close() // the socket file stays or goes: both are seen
	sendAll(c, 2, 3)
	await(t, "the failure", func() bool { return tr.failing.Load() == 1 })
	_ = os.Remove(path)
	d = daemon(t, path)
	for range 2 {
		got = append(got, message(t, d))
	}
	d.Close()
	_ = os.Remove(path)
	d = daemon(t, path) // so quickly that nobody has seen it gone
	sendAll(c, 4, 4)
	got = append(got, message(t, d))
	mustClose(t, c)
	for i := range got {
		_, got[i], _ = strings.Cut(got[i], "]: ")
	}
	if diff := cmp.Diff(alerts(1, 4), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tr.check(t, 1, 1)
}

// A socket that a daemon has left behind is as good as none.
func TestSyslogLeftBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon(t, path).Close()
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	c := New("syslog", logTo(path), Options{})
	sendAll(c, 1, 1)
	settled(t, c, 1)
	mustClose(t, c)
	if c.Unheard() != 1 {
		t.Errorf("%d unheard, %d lost", c.Unheard(), c.Lost())
	}
}

// Where there never was a daemon nothing is lost, nothing is tried again, and the
// first that comes gets alerts.
func TestSyslogAbsent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var tr trouble
	c := New("syslog", logTo(path), tr.options(Options{Retries: 100}))
	sendAll(c, 1, 3)
	settled(t, c, 3)
	if c.Unheard() != 3 || c.Lost() != 0 || tr.absent.Load() != 1 {
		t.Errorf("%d unheard, %d lost, told %d times", c.Unheard(), c.Lost(), tr.absent.Load())
	}
	d := daemon(t, path)
	sendAll(c, 4, 4)
	if got := message(t, d); !strings.HasSuffix(got, "]: alert 4") {
		t.Errorf("%q", got)
	}
	mustClose(t, c)
	tr.check(t, 0, 1)
}

// A daemon that reads no more holds up neither the sender nor the end.
func TestSyslogHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon(t, path)
	var tr trouble
	c := New("syslog", logTo(path), tr.options(Options{Timeout: 20 * time.Millisecond}))
	sendAll(c, 1, 2000)
	await(t, "the timeout", func() bool { return tr.slow.Load() > 0 && c.Sent() > 0 })
	if err := c.Close(20 * time.Millisecond); err == nil {
		t.Error("closed without an error")
	}
	<-c.ended
	if c.Sent() == 0 || c.Lost() == 0 || c.Sent()+c.Lost() != 2000 {
		t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
	}
}

// One that is too long for a message costs no other.
func TestSyslogTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	d := daemon(t, path)
	c := New("syslog", logTo(path), Options{Retries: 100})
	a := made(host(1), critical, 0, 1000)
	c.Send(a)
	sendAll(c, 1, 1)
	if got := message(t, d); !strings.HasSuffix(got, "]: alert 1") {
		t.Errorf("%q", got)
	}
	settled(t, c, 2)
	if c.Lost() != 1 {
		t.Errorf("%d lost", c.Lost())
	}
	mustClose(t, c)
}

// Some daemons read a stream.
func TestSyslogStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := New("syslog", logTo(path), Options{})
	sendAll(c, 1, 2)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := ""
	for strings.Count(text, "\x00") < 2 {
		text += message(t, conn)
	}
	if !regexp.MustCompile(`^<8>[^\x00]*\]: alert 1\x00<8>[^\x00]*\]: alert 2\x00$`).MatchString(text) {
		t.Errorf("%q", text)
	}
	mustClose(t, c)
}
