package live

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Addresses that exist in the room and nowhere else: they lie on its loopback
// device.
const (
	// remote is an address for documentation, so one on the internet.
	remote = "192.0.2.10"
	// private is one of a private network.
	private = "10.20.30.40"
	// apiServer and metadata are addresses that the rules know.
	apiServer = "10.96.0.1"
	metadata  = "169.254.169.254"
	// ownAPIServer is one a user tells of.
	ownAPIServer = "192.0.2.20"
	// remote6 and metadata6 are the same for IPv6.
	remote6   = "2001:db8::10"
	metadata6 = "fd00:ec2::254"
)

// Places in the room.
const (
	toolDir  = "/mnt/tools"                  // busybox and others under the names of many programs
	stepDir  = "/mnt/steps"                  // scripts
	tokenDir = "/mnt/token"                  // what Kubernetes puts into a pod
	imageDir = "/mnt/image"                  // an overlay file system, as containers have it
	runDir   = "/mnt/run"                    // sockets
	noexec   = "/dev/shm"                    // mounted noexec
	server   = "/usr/local/bin/redis-server" // a shell that passes for a server
	// Shells under the paths that falco_rules.local.yaml gives as examples.
	ownServer  = "/opt/app/bin/server"
	ownScanner = "/opt/scanner/bin/agent"
	ownManager = "/opt/puppetlabs/puppet/bin/ruby"
)

// room is a mount and a network namespace in which the test can do what it
// must not do to the machine: the directories of the rules are empty file
// systems in memory there, and the network is a loopback device.
type room struct{ mnt, net *os.File }

// newRoom makes a room that goes with the test.
func newRoom(t *testing.T) *room {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("needs a static busybox: apt-get install busybox-static, or make test-deps")
	}
	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Skip("needs ip: apt-get install iproute2, or make test-deps")
	}
	tools := map[string]string{"busybox": busybox}
	for _, name := range []string{"standin", "actor", "intruder"} {
		tools[name] = build(t, "github.com/gyrsec/gyr/test/live/"+name)
	}
	r := &room{}
	made := make(chan error)
	go func() {
		// Not unlocked: the thread is of no use outside the room and ends
		// with the goroutine.
		runtime.LockOSThread()
		made <- r.make(t, ip, tools)
	}()
	if err := <-made; err != nil {
		t.Fatalf("making namespaces for the test: %v", err)
	}
	return r
}

// make makes the room on this thread. tools are the files of programs.
func (r *room) make(t *testing.T, ip string, tools map[string]string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, step := range []func() error{
		r.mountDirectories, r.mountDevices, r.fillEtc,
		func() error { return fillTools(tools) }, mountImage, r.replacePrograms,
		func() error { return network(ip) },
		func() error { return serve(t) },
		func() (err error) { r.mnt, err = os.Open("/proc/thread-self/ns/mnt"); return err },
		func() (err error) { r.net, err = os.Open("/proc/thread-self/ns/net"); return err },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	t.Cleanup(func() { r.mnt.Close(); r.net.Close() })
	return nil
}

// enter puts the test into the room, for good: a subtest of its own is what to
// call it in. Programs started and files opened in the test's goroutine are
// in the room then.
func (r *room) enter(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	err := unix.Unshare(unix.CLONE_FS)
	if err == nil {
		err = unix.Setns(int(r.mnt.Fd()), unix.CLONE_NEWNS)
	}
	if err == nil {
		err = unix.Setns(int(r.net.Fd()), unix.CLONE_NEWNET)
	}
	if err != nil {
		t.Fatalf("entering the test's namespaces: %v", err)
	}
}

func tmpfs(dir, options string, flags uintptr) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		return fmt.Errorf("mount tmpfs on %s: %w", dir, err)
	}
	return nil
}

func (r *room) mountDirectories() error {
	for _, dir := range []string{"/mnt", "/etc", "/root", "/home", "/var/tmp", "/var/log", "/usr/local/bin", "/opt", "/srv"} {
		if err := tmpfs(dir, "mode=755", 0); err != nil {
			return err
		}
	}
	return nil
}

// mountDevices makes a /dev with only harmless devices, and with files in
// place of others.
func (r *room) mountDevices() error {
	const dir = "/mnt/dev"
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := tmpfs(dir, "mode=755", 0); err != nil {
		return err
	}
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		if err := unix.Mknod(filepath.Join(dir, name), unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor))); err != nil {
			return fmt.Errorf("make device %s: %w", name, err)
		}
	}
	for name, minor := range map[string]uint32{"tty": 0, "ptmx": 2} {
		if err := unix.Mknod(filepath.Join(dir, name), unix.S_IFCHR|0o666, int(unix.Mkdev(5, minor))); err != nil {
			return fmt.Errorf("make device %s: %w", name, err)
		}
	}
	for _, name := range []string{"pts", "shm"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount("/dev/pts", dir+"/pts", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind /dev/pts: %w", err)
	}
	if err := unix.Mount(dir, "/dev", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move a mount to /dev: %w", err)
	}
	if err := tmpfs(noexec, "mode=1777", unix.MS_NOEXEC); err != nil {
		return err
	}
	return write(0o600, map[string]string{"/dev/mem": "", "/dev/sdz": "", noexec + "/tool": "#!/bin/sh\n"})
}

func (r *room) fillEtc() error {
	err := write(0o600, map[string]string{"/etc/shadow": "root:*:19000:0:99999:7:::\n", "/etc/gshadow": "root:*::\n"})
	if err != nil {
		return err
	}
	return write(0o644, map[string]string{
		"/etc/ld.so.preload":     "",
		"/etc/passwd":            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"/etc/group":             "root:x:0:\nnogroup:x:65534:\n",
		"/etc/hosts":             "127.0.0.1 localhost\n",
		"/root/.bash_history":    "ls\n",
		"/root/.ssh/id_x":        "key\n",
		"/root/.ssh/id_x.pub":    "key\n",
		"/root/.aws/config":      "\n",
		"/root/.aws/credentials": "\n",
		"/var/log/auth.log":      "line\n",
	})
}

// write makes files and the directories above them.
func write(mode os.FileMode, files map[string]string) error {
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			return err
		}
		if err := os.Chmod(name, mode); err != nil {
			return err
		}
	}
	return nil
}

// Names in toolDir: of programs that busybox is, and of others, which are there
// to be started only.
var (
	applets = []string{"true", "wc", "nc", "unshare", "insmod", "lsmod", "modprobe", "env", "tar"}
	others  = []string{
		"xmrig", "apt-get", "apt-cache", "kubectl", "make", "gcc", "strace", "bpftool", "wget", "sudoedit", "kworkerds", "rsync",
		"debugfs", "ngrok", "systemctl", "setenforce", "chattr", "ncat", "setcap",
	}
)

func fillTools(tools map[string]string) error {
	program, err := os.ReadFile(tools["busybox"])
	if err != nil {
		return err
	}
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		return err
	}
	other, err := os.ReadFile(tools["standin"])
	if err != nil {
		return err
	}
	files := map[string]string{
		server: string(shell), "/mnt/redis-server": string(shell),
		ownServer: string(shell), ownScanner: string(shell), ownManager: string(shell),
		"/var/tmp/standin": string(other), "/var/tmp/true": string(program), "/var/tmp/unshare": string(program),
		imageDir + "/lower/true": string(program), imageDir + "/upper/.keep": "", imageDir + "/work/.keep": "", imageDir + "/merged/.keep": "",
	}
	for name, file := range tools {
		program, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		files[filepath.Join(toolDir, name)] = string(program)
		if name == "actor" {
			files["/var/tmp/actor"] = string(program)
		}
	}
	if err := write(0o755, files); err != nil {
		return err
	}
	for program, names := range map[string][]string{"busybox": applets, "standin": others} {
		for _, name := range names {
			if err := os.Link(filepath.Join(toolDir, program), filepath.Join(toolDir, name)); err != nil {
				return err
			}
		}
	}
	return write(0o644, map[string]string{
		"/var/tmp/script.sh": "echo ran\n", "/srv/payroll/list": "\n", stepDir + "/.keep": "", runDir + "/.keep": "",
		// As the kubelet lays it out.
		tokenDir + "/..data/token": "secret\n", tokenDir + "/..data/ca.crt": "certificate\n",
	})
}

func mountImage() error {
	for _, name := range []string{"token", "ca.crt"} {
		if err := os.Symlink("..data/"+name, filepath.Join(tokenDir, name)); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(imageDir + "/work/.keep"); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", imageDir)
	if err := unix.Mount("overlay", imageDir+"/merged", "overlay", 0, options); err != nil {
		return fmt.Errorf("mount an overlay file system: %w", err)
	}
	return nil
}

// replaced are programs of the system that are the stand-in in the room: one
// that has to do with the network and one that has not.
var replaced = [...]string{"ssh", "tac"}

// replacePrograms lays a file system with them over the directory of programs.
func (r *room) replacePrograms() error {
	const dir = "/mnt/replaced"
	if err := write(0o644, map[string]string{dir + "/upper/.keep": "", dir + "/work/.keep": ""}); err != nil {
		return err
	}
	for _, name := range replaced {
		if err := os.Link(toolDir+"/standin", filepath.Join(dir, "upper", name)); err != nil {
			return err
		}
	}
	if err := os.Remove(dir + "/work/.keep"); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=/usr/bin,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)
	if err := unix.Mount("overlay", "/usr/bin", "overlay", 0, options); err != nil {
		return fmt.Errorf("mount an overlay file system on /usr/bin: %w", err)
	}
	return nil
}

// network gives the loopback device the addresses of the room.
func network(ip string) error {
	var b strings.Builder
	b.WriteString("link set lo up\n")
	for _, address := range []string{remote, private, apiServer, metadata, ownAPIServer} {
		fmt.Fprintf(&b, "address add %s/32 dev lo\n", address)
	}
	for _, address := range []string{remote6, metadata6} {
		fmt.Fprintf(&b, "address add %s/128 dev lo nodad\n", address)
	}
	cmd := exec.Command(ip, "-batch", "-")
	cmd.Stdin = strings.NewReader(b.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %w\n%s", err, out)
	}
	return nil
}

// serve answers at the ports to which connections have to succeed, and at the
// socket of a container runtime. Other ports refuse.
func serve(t *testing.T) error {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "true\n") })
	for _, address := range []string{":80", ":3333", ":3335"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		go http.Serve(l, answer)
		t.Cleanup(func() { l.Close() })
	}
	for _, name := range []string{"docker.sock", "app.sock"} {
		l, err := net.Listen("unix", filepath.Join(runDir, name))
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if errors.Is(err, net.ErrClosed) {
					return
				} else if err == nil {
					c.Close()
				}
			}
		}()
		t.Cleanup(func() { l.Close() })
	}
	return nil
}
