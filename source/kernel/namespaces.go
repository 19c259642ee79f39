package kernel

import (
	"os"
	"sync"

	"github.com/gyrsec/gyr/event"
)

// maxNamespaces bounds how many PID namespaces are remembered.
const maxNamespaces = 4096

// namespaces remembers when the first process of each PID namespace was started,
// for processes that are read from /proc. The zero value knows none.
type namespaces struct {
	mu     sync.Mutex
	starts map[string]int64 // by what /proc shows for the namespace
}

// start is the start of the first process of p's namespace, 0 where that has not
// been read.
func (n *namespaces) start(proc procfs, p *event.Process) int64 {
	if p.VPID == p.PID && p.PID != 1 {
		st, _ := proc.readStat(1)
		return st.start
	}
	name, err := os.Readlink(proc.path(p.PID, "ns/pid"))
	if err != nil {
		return 0
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.VPID == 1 {
		if n.starts == nil || len(n.starts) >= maxNamespaces {
			n.starts = map[string]int64{}
		}
		n.starts[name] = p.Start
	}
	return n.starts[name]
}
