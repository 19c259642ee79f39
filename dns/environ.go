package dns

import (
	"context"
	"net/netip"
	"time"

	"github.com/gyrsec/gyr/event"
)

// Of a long environment only the beginning is captured with a process, and in a
// namespace of a dozen services Kubernetes alone fills that. What is missing is
// read later, in the background, once for a container.
const (
	// cutEnviron is from how many bytes on an environment may have been cut.
	cutEnviron = 4000
	// environAgain is after how long that of a container is read again.
	environAgain = MaxTTL / 2
	// waitingEnvirons and readEnvirons bound how many processes wait, and of how
	// many containers is remembered that theirs was read.
	waitingEnvirons = 64
	readEnvirons    = 4096
)

// started is a process the whole environment of which is wanted.
type started struct {
	container string
	pid       int32
	clock     int64
}

// askEnviron has the environment of a process in a container read, if there may
// be more of it than was captured. It does not wait: where too many are asked
// for, another process of the container will ask.
func (n *Names) askEnviron(p *event.Process, clock int64) {
	if n.environ == nil || n.cache == nil || p == nil || p.Container == nil || !mayBeCut(p.Env) {
		return
	}
	select {
	case n.starts <- started{containerID(p), p.PID, clock}:
	default:
	}
}

func mayBeCut(env []string) bool {
	size := 0
	for _, v := range env {
		size += len(v) + 1
	}
	return size >= cutEnviron
}

// readStarts reads the environments asked for until ctx is done.
func (n *Names) readStarts(ctx context.Context) {
	read := map[string]int64{}
	for {
		var s started
		select {
		case <-ctx.Done():
			return
		case s = <-n.starts:
		}
		if last, ok := read[s.container]; ok && s.clock-last < int64(environAgain) {
			continue
		}
		env := n.environ(s.pid)
		if len(env) == 0 {
			continue // it has ended; the next one will be asked
		}
		if len(read) >= readEnvirons {
			clear(read)
		}
		read[s.container] = s.clock
		if text := apiVariable(env); text != "" {
			n.learnAPI(s.container, text, s.clock)
		}
	}
}

// learnAPI takes note that processes of a container were told the address of the
// API. Of thousands of starts, one in an hour is enough.
func (n *Names) learnAPI(container, text string, clock int64) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	addr = addr.Unmap()
	if !n.cache.knows(container, addr, n.api[0], clock+int64(MaxTTL-time.Hour)) {
		n.cache.store(container, n.api, []netip.Addr{addr}, MaxTTL, clock, n.mentioned)
	}
}
