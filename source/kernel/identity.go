package kernel

import (
	"context"
	"sync"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/identity"
)

// filesLimit is how long a start or a reload waits for the files that rules name
// to be found.
const filesLimit = time.Second

// WatchFiles replaces the files that are known by their identity as well as by
// their names (event.FD.Watched). It may be called while Run runs.
func (s *Source) WatchFiles(p identity.Paths) { s.files.Watch(p, filesLimit) }

// followFiles begins to follow the files of the options until ctx is done.
func (s *Source) followFiles(ctx context.Context, group *sync.WaitGroup) {
	group.Go(func() { s.files.Run(ctx) })
	s.WatchFiles(s.options.Files)
}

// identified is a handler that gets events with their file identified.
func (s *Source) identified(handle Handler) Handler {
	return func(e *event.Event) {
		s.files.Identify(e)
		handle(e)
	}
}

// entered tells of a process that has started a program.
func (s *Source) entered(p *event.Process) {
	if s.files != nil {
		s.files.Entered(p)
	}
}

// containerID is the full id of the container a running process is in.
func (s *Source) containerID(pid int32) string {
	p := &event.Process{PID: pid}
	if s.proc.readCgroups(p) {
		p.Container = s.container(p)
	} else if known := s.table.At(pid, sinceBoot()); known != nil {
		p.Container = known.Container
	}
	if p.Container == nil {
		return ""
	}
	return p.Container.FullID
}
