package kernel

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

func TestStreams(t *testing.T) {
	const ino = uint64(4711) << 32
	inet := func(family, proto uint64) uint64 { return ino | proto<<24 | family<<16 | unix.S_IFSOCK | 0o777 }
	tests := map[string]struct {
		kind uint64
		text string
		want event.Stream
	}{
		"closed":       {0, "", event.Stream{}},
		"terminal":     {ino | unix.S_IFCHR | 0o620, "/dev/pts/0", event.Stream{Type: event.FDFile, Name: "/dev/pts/0"}},
		"file":         {ino | unix.S_IFREG, "/var/log/x", event.Stream{Type: event.FDFile, Name: "/var/log/x"}},
		"directory":    {ino | unix.S_IFDIR, "/", event.Stream{Type: event.FDDirectory, Name: "/"}},
		"pipe":         {ino | unix.S_IFIFO, "/", event.Stream{Type: event.FDPipe, Name: "pipe:[4711]"}},
		"named pipe":   {ino | unix.S_IFIFO, "/run/fifo", event.Stream{Type: event.FDPipe, Name: "/run/fifo"}},
		"memory":       {ino | unix.S_IFREG, "/memfd:x", event.Stream{Type: event.FDMemfd, Name: "memfd:x"}},
		"event":        {ino, "/[eventfd]", event.Stream{Type: event.FDEvent, Name: "anon_inode:[eventfd]"}},
		"newer kernel": {ino | unix.S_IFREG, "/[eventpoll]", event.Stream{Type: event.FDEventpoll, Name: "anon_inode:[eventpoll]"}},
		"tcp": {inet(unix.AF_INET, unix.IPPROTO_TCP), "\x9c\x40\x01\xbb\x0a\x00\x00\x05\x5d\xb8\xd8\x22",
			event.Stream{Type: event.FDIPv4, Name: "10.0.0.5:40000->93.184.216.34:443"}},
		"tcp6": {inet(unix.AF_INET6, unix.IPPROTO_TCP), "\x00\x16\x9c\x40" + strings.Repeat("\x00", 15) + "\x01" + "\x20\x01" + strings.Repeat("\x00", 13) + "\x02",
			event.Stream{Type: event.FDIPv6, Name: "2001::2:40000->::1:22"}},
		"tcp6 of IPv4": {inet(unix.AF_INET6, unix.IPPROTO_TCP), "\x9c\x40\x00\x50" + strings.Repeat("\x00", 10) + "\xff\xff\x7f\x00\x00\x01" + strings.Repeat("\x00", 10) + "\xff\xff\x7f\x00\x00\x02",
			event.Stream{Type: event.FDIPv4, Name: "127.0.0.1:40000->127.0.0.2:80"}},
		"unix":        {inet(unix.AF_UNIX, 0), "\x01\x00/run/x.sock\x00", event.Stream{Type: event.FDUnix, Name: "/run/x.sock"}},
		"abstract":    {inet(unix.AF_UNIX, 0), "\x01\x00\x00name", event.Stream{Type: event.FDUnix, Name: "@name"}},
		"nameless":    {inet(unix.AF_UNIX, 0), "", event.Stream{Type: event.FDUnix}},
		"netlink":     {inet(unix.AF_NETLINK, 0), "", event.Stream{Type: event.FDNetlink}},
		"other":       {inet(unix.AF_PACKET, 0), "", event.Stream{Name: "socket:[4711]"}},
		"cut":         {inet(unix.AF_INET, 0), "\x00", event.Stream{Name: "socket:[4711]"}},
		"wrong width": {inet(unix.AF_INET, 0), strings.Repeat("x", 20), event.Stream{Name: "socket:[4711]"}},
	}
	for name, tt := range tests {
		r := record.Record{}
		r.Nums[record.StreamKinds+1], r.Strs[record.Streams+1] = tt.kind, tt.text
		// Standard error is the same as output, and input another.
		r.Nums[record.StreamKinds], r.Strs[record.Streams] = unix.S_IFREG, "/in"
		r.Nums[record.StreamKinds+2] = unix.S_IFMT
		want := &[3]event.Stream{{Type: event.FDFile, Name: "/in"}, tt.want, tt.want}
		if diff := cmp.Diff(want, streams(&r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := streams(&record.Record{Nums: [32]uint64{record.StreamKinds: unix.S_IFMT}}); *got != ([3]event.Stream{}) {
		t.Errorf("input that is the same as nothing: %+v", got)
	}
}

func FuzzStreams(f *testing.F) {
	f.Add(uint64(unix.S_IFSOCK|unix.AF_INET<<16), "\x9c\x40\x01\xbb\x0a\x00\x00\x05\x5d\xb8\xd8\x22")
	f.Add(uint64(unix.S_IFSOCK|unix.AF_UNIX<<16), "\x01\x00/run/x.sock\x00")
	f.Add(uint64(unix.S_IFIFO), "/")
	f.Add(uint64(unix.S_IFMT), "")
	f.Fuzz(func(t *testing.T, kind uint64, text string) {
		r := record.Record{}
		for i := range 3 {
			r.Nums[record.StreamKinds+i], r.Strs[record.Streams+i] = kind, text
		}
		got := streams(&r)
		if got[0] != got[1] || got[1] != got[2] {
			t.Errorf("the same stream is described as %+v", got)
		}
	})
}

// A process with a socket, a pipe and a file.
func TestReadStreams(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	cmd := exec.Command("sleep", "60")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, write, file
	if err := cmd.Start(); err != nil {
		t.Skipf("sleep does not run here: %v", err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	got := ordinaryProc.readStreams(int32(cmd.Process.Pid))
	pipe, err := os.Readlink("/proc/self/fd/" + itoa(int(write.Fd())))
	if err != nil {
		t.Fatal(err)
	}
	socket := &event.Socket{Local: addrOf(conn.LocalAddr()), Remote: addrOf(conn.RemoteAddr())}
	socket.Server = serves(socket)
	want := &[3]event.Stream{
		{Type: event.FDIPv4, Name: string(socket.AppendTuple(nil))}, {Type: event.FDPipe, Name: pipe}, {Type: event.FDFile, Name: file.Name()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ordinaryProc.readStreams(1 << 30); got != nil {
		t.Errorf("of a process that is none: %+v", got)
	}
}

func TestSocketTables(t *testing.T) {
	const tcp = "   0: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0"
	local, remote, ok := parseInetSocket(tcp, 4711)
	if !ok || local.String() != "127.0.0.1:8080" || remote.String() != "127.0.0.2:50000" {
		t.Errorf("%s and %s (%v)", local, remote, ok)
	}
	const tcp6 = "   0: 00000000000000000000000001000000:0016 B80D0120000000000000000002000000:C350 01 0:0 00:0 0 0 0 4711 1"
	local, remote, ok = parseInetSocket(tcp6, 4711)
	if !ok || local.String() != "[::1]:22" || remote.String() != "[2001:db8::2]:50000" {
		t.Errorf("%s and %s (%v)", local, remote, ok)
	}
	for _, other := range []string{"", tcp[:20], strings.Replace(tcp, " 4711 ", " 4712 ", 1), "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"} {
		if _, _, ok := parseInetSocket(other, 4711); ok {
			t.Errorf("taken for socket 4711: %s", other)
		}
	}
	for line, want := range map[string]string{
		"ffff: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock": "/run/a b.sock",
		"ffff: 00000002 00000000 00010000 0001 01  4711 @abstract":    "@abstract",
		"ffff: 00000002 00000000 00010000 0001 01 4711":               "",
	} {
		if path, ok := parseUnixSocket(line, 4711); !ok || path != want {
			t.Errorf("%s: %q (%v), want %q", line, path, ok, want)
		}
	}
	if _, ok := parseUnixSocket("ffff: 00000002 00000000 00010000 0001 01 4712 /4711", 4711); ok {
		t.Error("another unix socket is taken for 4711")
	}
}

func FuzzSocketTables(f *testing.F) {
	f.Add("   0: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4711 1")
	f.Add("ffff: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock")
	f.Add("0: :0 :0 0 0 0 0 0 0 4711")
	f.Fuzz(func(t *testing.T, line string) {
		_, _, inet := parseInetSocket(line, 4711)
		path, unix := parseUnixSocket(line, 4711)
		if (inet || unix) && !strings.Contains(line, "4711") {
			t.Errorf("%q is taken for socket 4711", line)
		}
		if !strings.Contains(line, path) {
			t.Errorf("%q has the path %q", line, path)
		}
	})
}
