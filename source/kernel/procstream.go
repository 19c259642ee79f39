package kernel

import (
	"bufio"
	"io"
	"math/bits"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// maxSocketTable bounds how much of a list of sockets is read: it is only to
// name a few descriptors of processes older than the sensor.
const maxSocketTable = 1 << 20

// readStreams describes standard input, output and error of a running process
// from /proc; nil where they cannot be read.
func (proc procfs) readStreams(pid int32) *[3]event.Stream {
	if _, err := os.Stat(proc.path(pid, "fd")); err != nil {
		return nil
	}
	var all [3]event.Stream
	for i := range all {
		all[i] = proc.readStream(pid, proc.path(pid, "fd/"+strconv.Itoa(i)))
	}
	return &all
}

func (proc procfs) readStream(pid int32, link string) event.Stream {
	target, err := os.Readlink(link)
	if err != nil {
		return event.Stream{} // closed
	}
	switch kind, rest, _ := strings.Cut(target, ":"); kind {
	case "socket":
		ino, err := strconv.ParseUint(strings.Trim(rest, "[]"), 10, 64)
		if err != nil {
			return event.Stream{Name: target}
		}
		return findSocket(proc.path(pid, "net/"), ino)
	case "pipe":
		return event.Stream{Type: event.FDPipe, Name: target}
	case "anon_inode":
		return event.Stream{Type: objectKind(0, "/"+rest), Name: target}
	case memfdPrefix[:len(memfdPrefix)-1]:
		return event.Stream{Type: event.FDMemfd, Name: strings.TrimSuffix(target[1:], deletedSuffix)}
	}
	var st unix.Stat_t
	if err := unix.Stat(link, &st); err != nil {
		return event.Stream{Name: target}
	}
	if st.Nlink == 0 {
		target = strings.TrimSuffix(target, deletedSuffix)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return event.Stream{Type: event.FDDirectory, Name: target}
	case unix.S_IFIFO:
		return event.Stream{Type: event.FDPipe, Name: target}
	}
	return event.Stream{Type: event.FDFile, Name: target}
}

// findSocket looks a socket up in the lists of a network namespace, which stand
// in dir.
func findSocket(dir string, ino uint64) event.Stream {
	for _, list := range []struct {
		file  string
		proto event.Protocol
		six   bool
	}{
		{"tcp", event.ProtoTCP, false}, {"tcp6", event.ProtoTCP, true},
		{"udp", event.ProtoUDP, false}, {"udp6", event.ProtoUDP, true},
	} {
		s := event.Socket{Proto: list.proto}
		var ok bool
		eachLine(dir+list.file, func(line string) bool {
			s.Local, s.Remote, ok = parseInetSocket(line, ino)
			return !ok
		})
		if ok {
			return inetStream(&s, list.six)
		}
	}
	stream := event.Stream{Name: "socket:[" + strconv.FormatUint(ino, 10) + "]"}
	eachLine(dir+"unix", func(line string) bool {
		path, ok := parseUnixSocket(line, ino)
		if ok {
			stream = event.Stream{Type: event.FDUnix, Name: path}
		}
		return !ok
	})
	return stream
}

// eachLine calls yield for the lines of a file until it returns false.
func eachLine(file string, yield func(string) bool) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxSocketTable))
	for lines.Scan() && yield(lines.Text()) {
	}
}

// parseInetSocket reads a line of a list of internet sockets; false if it is of
// another socket.
func parseInetSocket(line string, ino uint64) (local, remote netip.AddrPort, ok bool) {
	f := strings.Fields(line)
	if len(f) < 10 || f[9] != strconv.FormatUint(ino, 10) {
		return local, remote, false
	}
	local, ok = parseHexAddr(f[1])
	remote, okRemote := parseHexAddr(f[2])
	return known(local), known(remote), ok && okRemote
}

// parseHexAddr reads an address as the lists have it: words of four bytes as
// numbers, whose order in memory is the machine's, and the port.
func parseHexAddr(s string) (netip.AddrPort, bool) {
	addr, port, _ := strings.Cut(s, ":")
	if len(addr) != 8 && len(addr) != 32 {
		return netip.AddrPort{}, false
	}
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	var b []byte
	for ; addr != ""; addr = addr[8:] {
		word, err := strconv.ParseUint(addr[:8], 16, 32)
		if err != nil {
			return netip.AddrPort{}, false
		}
		// Gyr runs on little-endian machines only.
		word = uint64(bits.ReverseBytes32(uint32(word)))
		b = append(b, byte(word>>24), byte(word>>16), byte(word>>8), byte(word))
	}
	return addrPort(string(b), n), true
}

// unixFields is the number of fields of a line before the path.
const unixFields = 7

// parseUnixSocket reads a line of the list of unix sockets.
func parseUnixSocket(line string, ino uint64) (path string, ok bool) {
	f := strings.Fields(line)
	if len(f) < unixFields || f[unixFields-1] != strconv.FormatUint(ino, 10) {
		return "", false
	}
	rest := line // a path may hold blanks
	for range unixFields {
		rest = strings.TrimLeft(rest, " \t")
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			return "", true
		}
		rest = rest[end:]
	}
	return strings.TrimPrefix(rest, " "), true
}
