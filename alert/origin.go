package alert

import "github.com/gyrsec/gyr/event"

// Origin is who caused an alert: what tells one cause from another, and what
// names it to people. The zero value stands for the sensor itself.
type Origin struct {
	// PID and Start are the process, as in event.Process; PPID and SID its
	// parent and its session.
	PID   int32
	Start int64
	PPID  int32
	SID   int32
	// Name is the kernel's name of the process, ExePath its executable.
	Name, ExePath string
	// Container is the id of its container, "" on the host; Cgroup its control
	// group.
	Container, Cgroup string
}

// OriginOf is who caused an event. It allocates nothing.
func OriginOf(e *event.Event) Origin {
	p := e.Process
	o := Origin{PID: p.PID, Start: p.Start, PPID: p.PPID, SID: p.SID, Name: p.Name, ExePath: p.ExePath, Cgroup: p.Cgroup}
	if o.Cgroup == "" || o.Cgroup == "/" {
		o.Cgroup = p.CgroupV1
	}
	if p.Container != nil {
		o.Container = p.Container.ID
	}
	return o
}
