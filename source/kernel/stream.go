package kernel

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// A stream's kind, as the kernel half tells it: the mode of its inode, the
// family and protocol of a socket, the inode's number.
const (
	streamFamily   = 16
	streamProtocol = 24
	streamIno      = 32
	// streamSame stands where no inode has its type: the same file as the stream
	// before.
	streamSame = unix.S_IFMT
)

// streams describes standard input, output and error of a new program.
func streams(r *record.Record) *[3]event.Stream {
	var all [3]event.Stream
	for i := range all {
		kind := r.Nums[record.StreamKinds+i]
		switch {
		case kind == 0:
		case kind&unix.S_IFMT == streamSame:
			if i > 0 {
				all[i] = all[i-1]
			}
		default:
			all[i] = stream(kind, r.Strs[record.Streams+i])
		}
	}
	return &all
}

func stream(kind uint64, text string) event.Stream {
	switch kind & unix.S_IFMT {
	case unix.S_IFSOCK:
		return socketStream(kind, text)
	case unix.S_IFIFO:
		return pathStream(event.FDPipe, text, kind>>streamIno)
	case unix.S_IFDIR:
		return pathStream(event.FDDirectory, text, 0)
	}
	return pathStream(event.FDFile, text, 0)
}

// pathStream is a stream with a path. What is in no directory has the name of
// its kind for a path, below the root of nothing.
func pathStream(t event.FDType, path string, ino uint64) event.Stream {
	name := strings.TrimPrefix(path, "/")
	switch {
	case t == event.FDPipe && name == "":
		return event.Stream{Type: t, Name: "pipe:[" + strconv.FormatUint(ino, 10) + "]"}
	case t != event.FDFile || name == path:
	case strings.HasPrefix(path, memfdPrefix):
		return event.Stream{Type: event.FDMemfd, Name: strings.Clone(name)}
	case objectKind(0, path) != event.FDUnknown:
		// By the name, since some kernels say that it is a regular file.
		return event.Stream{Type: objectKind(0, path), Name: anonymousPrefix + name}
	}
	return event.Stream{Type: t, Name: strings.Clone(path)}
}

// anonymousPrefix begins what /proc shows for a descriptor that is no file.
const anonymousPrefix = "anon_inode:"

func socketStream(kind uint64, text string) event.Stream {
	switch family := kind >> streamFamily & 0xff; family {
	case unix.AF_INET, unix.AF_INET6:
		s := event.Socket{Proto: protocol(kind >> streamProtocol & 0xff)}
		if len(text) != 12 && len(text) != 36 {
			break
		}
		size := (len(text) - 4) / 2
		s.Local = addrPort(text[4:4+size], uint64(text[0])<<8|uint64(text[1]))
		s.Remote = addrPort(text[4+size:], uint64(text[2])<<8|uint64(text[3]))
		return inetStream(&s, family == unix.AF_INET6)
	case unix.AF_UNIX:
		return event.Stream{Type: event.FDUnix, Name: strings.Clone(unixName(text))}
	case unix.AF_NETLINK:
		return event.Stream{Type: event.FDNetlink}
	}
	return event.Stream{Name: "socket:[" + strconv.FormatUint(kind>>streamIno, 10) + "]"}
}

func inetStream(s *event.Socket, six bool) event.Stream {
	t := event.FDIPv4
	if six && !s.Local.Addr().Is4() {
		t = event.FDIPv6
	}
	s.Server = serves(s)
	return event.Stream{Type: t, Name: string(s.AppendTuple(nil))}
}
