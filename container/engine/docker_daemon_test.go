package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// dockerDaemon is a Docker daemon or a Podman service of the test's own, and its
// command line.
type dockerDaemon struct {
	*Docker
	dir     string
	command []string
	stop    func() // ends the daemon
	pid     int
}

// startDocker starts a Docker daemon with a containerd of its own, and in a
// network of its own, in which it may do what it likes. It has testImage.
func startDocker(t testing.TB) *dockerDaemon {
	t.Helper()
	need(t, "dockerd", "docker", "ip")
	containerd := startContainerd(t)
	d := &dockerDaemon{dir: containerd.dir}
	socket := filepath.Join(d.dir, "d.sock")
	d.Docker = NewDocker(socket)
	d.command = []string{"docker", "-H", "unix://" + socket}
	cmd := exec.Command("dockerd", "--containerd", containerd.socket, "-H", "unix://"+socket,
		"--data-root", filepath.Join(d.dir, "data"), "--exec-root", filepath.Join(d.dir, "exec"), "--pidfile", filepath.Join(d.dir, "pid"),
		"--bip", "172.31.250.1/24", "--iptables=false", "--ip-forward=false")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	d.serve(t, cmd)
	d.load(t)
	return d
}

// startPodman starts a Podman service. It has testImage.
func startPodman(t testing.TB) *dockerDaemon {
	t.Helper()
	need(t, "podman", "conmon", "runc", "/bin/busybox")
	d := &dockerDaemon{dir: shortTempDir(t)}
	socket := filepath.Join(d.dir, "p.sock")
	d.Docker = NewPodman(socket)
	d.command = []string{"podman", "--root", filepath.Join(d.dir, "root"), "--runroot", filepath.Join(d.dir, "run"), "--tmpdir", filepath.Join(d.dir, "tmp"),
		"--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", writeFile(t, filepath.Join(d.dir, "runtime"), plainRuntime)}
	d.serve(t, exec.Command(d.command[0], append(d.command[1:], "system", "service", "-t", "0", "unix://"+socket)...))
	d.load(t)
	return d
}

// plainRuntime is runc without the resource limits that Podman always sets, and
// a machine without CAP_SYS_RESOURCE refuses.
const plainRuntime = `#!/bin/sh
bundle=.
for word; do
	[ "$before" = --bundle ] && bundle=$word
	before=$word
done
[ -f "$bundle/config.json" ] && sed -i 's/"rlimits":\[[^]]*\]/"rlimits":[]/' "$bundle/config.json"
exec runc "$@"
`

func writeFile(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// need skips the test where it cannot start daemons.
func need(t testing.TB, programs ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to start a daemon")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("needs %s: %v", filepath.Base(p), err)
		}
	}
}

// serve starts the daemon, and ends it with the test after its containers.
func (d *dockerDaemon) serve(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.pid = cmd.Process.Pid
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	d.stop = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Errorf("%s does not end", d.command[0])
			cmd.Process.Kill()
			<-ended
		}
	})
	t.Cleanup(func() {
		d.removeAll(t)
		d.Close()
		d.stop()
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		_, err := d.List(t.Context())
		if err == nil {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %v; it said:\n%s", d.command[0], err, &said)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			d.stop()
			t.Fatalf("%s does not answer: %v; it said:\n%s", d.command[0], err, &said)
		}
	}
}

func (d *dockerDaemon) removeAll(t testing.TB) {
	ids, err := d.List(context.Background())
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return // the test has stopped it
	}
	if err != nil {
		t.Error(err)
	}
	if len(ids) > 0 {
		d.remove(t, ids...)
	}
}

// remove ends containers at once and removes them.
func (d *dockerDaemon) remove(t testing.TB, names ...string) {
	args := []string{"rm", "-f"}
	if d.kind == typePodman {
		args = append(args, "-t", "0", "--depend")
	}
	d.run(t, append(args, names...)...)
}

// load has the daemon take testImage.
func (d *dockerDaemon) load(t testing.TB) {
	t.Helper()
	archive := filepath.Join(d.dir, "load.tar")
	writeImage(t, archive, testImage)
	d.run(t, "load", "-q", "-i", archive)
}

// run calls the command line and returns the last line of what it says.
func (d *dockerDaemon) run(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(d.command[0], append(d.command[1:], args...)...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", d.command[0], strings.Join(args, " "), err, &problems)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// listen opens a port on the loopback of the daemon's network.
func (d *dockerDaemon) listen(t testing.TB) net.Listener {
	t.Helper()
	type result struct {
		net.Listener
		error
	}
	opened := make(chan result)
	go func() {
		// The thread is not given back to others: it ends with the goroutine.
		runtime.LockOSThread()
		listener, err := listenInNetwork(fmt.Sprintf("/proc/%d/ns/net", d.pid))
		opened <- result{listener, err}
	}()
	r := <-opened
	if r.error != nil {
		t.Fatal(r.error)
	}
	return r.Listener
}

func listenInNetwork(path string) (net.Listener, error) {
	network, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer network.Close()
	if err := unix.Setns(int(network.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("entering %s: %w", path, err)
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ip link set lo up: %w: %s", err, out)
	}
	return net.Listen("tcp", "127.0.0.1:0")
}
