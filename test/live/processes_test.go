package live

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gyrsec/gyr/test/runc"
)

// processFields are shown for every program with mark in its command line.
const processRule = `
- rule: Process Fields
  desc: Shows what is known of a program.
  condition: evt.type in (execve, execveat) and evt.res = SUCCESS and proc.args contains "%s"
  output: >
    %%proc.name %%proc.pid %%proc.ppid %%proc.fdlimit %%evt.arg.fdlimit %%proc.vmsize %%evt.arg.vm_size %%thread.vmsize
    %%thread.pfmajor %%thread.pfminor %%proc.nthreads %%proc.nchilds %%proc.fdopencount %%proc.fdusage
    %%proc.stdin.type %%proc.stdin.name %%proc.stdout.type %%proc.stdout.name %%proc.stderr.type %%proc.stderr.name
    %%proc.pidns_init_start_ts %%proc.exe_ino.ctime_duration_pidns_start %%proc.is_exe_writable %%proc.exepath
    %%proc.pgid.name %%proc.pgid %%proc.vpgid %%proc.sname %%proc.sid %%thread.vtid %%proc.vpid %%proc.args
    %%evt.hostname %%evt.reltime %%evt.deltatime %%evt.rawtime %%user.name %%user.shell %%group.name %%container.id
  priority: DEBUG
`

// shown waits for the alert about the program whose arguments have the word.
func (g *instance) shown(t *testing.T, word string) alert {
	t.Helper()
	return g.await(t, "the program with "+word, func(a alert) bool {
		return a.Rule == "Process Fields" && strings.Contains(a.text("proc.args"), word)
	})
}

// number is the value of an output field, -1 where it has none.
func (a alert) number(field string) int64 {
	n, err := strconv.ParseInt(fmt.Sprint(a.Fields[field]), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (a alert) want(t *testing.T, want map[string]any) {
	t.Helper()
	for field, value := range want {
		if got := a.Fields[field]; fmt.Sprint(got) != fmt.Sprint(value) {
			t.Errorf("%s = %v, want %v", field, got, value)
		}
	}
	if t.Failed() {
		t.Fatalf("in %s", a.raw)
	}
}

// What a process may use, has open and belongs to is told as it is.
func TestLiveProcessFields(t *testing.T) {
	const mark = "fields-of-this-process"
	g := startFiles(t, nil, nil, fmt.Sprintf(processRule, mark))
	conn, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client, err := net.Dial("tcp", conn.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	socket, err := client.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	output := filepath.Join(t.TempDir(), "output")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}

	// A shell on a connection runs a program with the connection as its input,
	// a file as its output, and nothing for its errors.
	cmd := exec.Command("sh", "-c", "ulimit -n 77; sh -c 'sleep 3; :' $MARK-first >$OUTPUT 2>&-; :")
	cmd.Env = append(os.Environ(), "MARK="+mark, "OUTPUT="+output)
	cmd.Stdin = socket
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	before := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	}()
	tuple := client.LocalAddr().String() + "->" + client.RemoteAddr().String()
	back := client.RemoteAddr().String() + "->" + client.LocalAddr().String()
	a := g.shown(t, mark+"-first")
	if name := a.text("proc.stdin.name"); name != tuple && name != back { // who serves is a guess
		t.Errorf("proc.stdin.name = %s, want %s", name, tuple)
	}
	a.want(t, map[string]any{
		"proc.name": "sh", "proc.ppid": cmd.Process.Pid, "proc.fdlimit": 77, "evt.arg.fdlimit": "77",
		"proc.stdin.type": "ipv4", "proc.stdout.type": "file", "proc.stdout.name": output, "proc.stderr.type": nil, "proc.stderr.name": nil,
		"proc.nthreads": 1, "proc.nchilds": 0, "thread.vtid": a.number("proc.pid"), "proc.vpid": a.number("proc.pid"),
		"proc.sid": cmd.Process.Pid, "proc.sname": "sh", "proc.pgid": cmd.Process.Pid, "proc.pgid.name": "sh", "evt.hostname": host,
		"proc.is_exe_writable": true, "container.id": "host", "user.name": "root", "group.name": "root", "thread.pfmajor": a.number("thread.pfmajor"),
	})
	if n := a.number("proc.vmsize"); n < 100 || n > 1<<20 || n != a.number("thread.vmsize") || fmt.Sprint(n) != a.text("evt.arg.vm_size") {
		t.Errorf("%d kB of virtual memory in %s", n, a.raw)
	}
	if n := a.number("proc.fdopencount"); n < 2 || n > 20 {
		t.Errorf("%d open descriptors in %s", n, a.raw)
	}
	if n := a.number("thread.pfminor"); n < 1 || n > 1<<20 {
		t.Errorf("%d page faults in %s", n, a.raw)
	}
	if ns := a.number("proc.pidns_init_start_ts"); ns < 0 || time.Unix(0, ns).After(before) {
		t.Errorf("the PID namespace began %v in %s", time.Unix(0, ns), a.raw)
	}
	if rel, delta := a.number("evt.reltime"), a.number("evt.deltatime"); rel < delta || delta < 0 {
		t.Errorf("%d ns after the first event, %d after the one before in %s", rel, delta, a.raw)
	}

	// In a pipe the group is led by the first program, which is no ancestor of
	// the others. (An interactive shell makes a group of each pipe.)
	pipe := exec.Command("bash", "-c", "set -m; sleep 2 | (sleep 0.3; exec sh -c 'sleep 1' $MARK-second)")
	pipe.Env = append(os.Environ(), "MARK="+mark)
	if out, err := pipe.CombinedOutput(); err != nil {
		t.Fatalf("a pipe: %v\n%s", err, out)
	}
	a = g.shown(t, mark+"-second")
	a.want(t, map[string]any{"proc.stdin.type": "pipe", "proc.pgid.name": "sleep"})
	if name := a.text("proc.stdin.name"); !strings.HasPrefix(name, "pipe:[") || a.number("proc.pgid") == a.number("proc.pid") {
		t.Errorf("a program in a pipe: %s", a.raw)
	}
}

// In a container: its own numbers, its own users, its own beginning.
func TestLiveProcessFieldsInContainer(t *testing.T) {
	const mark = "fields-in-a-container"
	g := startFiles(t, nil, nil, fmt.Sprintf(processRule, mark))
	begun := time.Now()
	c := runc.Start(t, runc.Options{NoTerminal: true})
	c.Run(t, "/bin/busybox sh -c 'exec /bin/busybox sleep 1' "+mark+"; /bin/busybox cp /bin/busybox /tmp/fresh; /tmp/fresh true "+mark+"-fresh; echo done")
	a := g.shown(t, mark)
	if got := a.text("container.id"); got == "host" || got == "" {
		t.Errorf("container.id = %s", got)
	}
	if vpid := a.number("proc.vpid"); vpid < 2 || vpid > 1000 || vpid == a.number("proc.pid") || vpid != a.number("thread.vtid") {
		t.Errorf("proc.vpid = %d in %s", vpid, a.raw)
	}
	start := time.Unix(0, a.number("proc.pidns_init_start_ts"))
	if start.Before(begun) || start.After(time.Unix(0, a.number("evt.rawtime"))) {
		t.Errorf("the container began at %v, want after %v", start, begun)
	}
	a.want(t, map[string]any{"proc.exe_ino.ctime_duration_pidns_start": nil, "proc.exepath": "/bin/busybox"})
	a = g.shown(t, mark+"-fresh")
	if age := a.number("proc.exe_ino.ctime_duration_pidns_start"); age <= 0 || age > time.Since(start).Nanoseconds() {
		t.Errorf("a program copied in the container is %d ns younger than it in %s", age, a.raw)
	}
}
