package event

// Machine answers what is asked of the machine the events come from at the
// moment a rule wants to know it, because it is too dear or too fleeting to be
// carried by every event. It is the live source's; recorded events have none.
//
// Implementations are safe for concurrent use and do not allocate.
type Machine interface {
	// Hostname is the name alerts give the machine.
	Hostname() string
	// Process is the state at a time on the source's clock of the process that
	// had that id then; nil where none is known.
	Process(pid int32, at int64) *Process
	// Threads is the number of threads that p has now; false once it ended.
	Threads(p *Process) (int64, bool)
	// Descriptors is the number of descriptors that p has open now; false once
	// it ended.
	Descriptors(p *Process) (int64, bool)
	// VirtualTID is the id of a thread of p in p's own PID namespace; false once
	// the thread ended.
	VirtualTID(p *Process, tid int32) (int32, bool)
}

// VirtualTID is the id of the event's thread in its own PID namespace; false
// where that is not known.
func (e *Event) VirtualTID() (int32, bool) {
	p := e.Process
	switch {
	case p == nil || p.VPID == 0:
		return 0, false
	case e.TID == p.PID:
		return p.VPID, true
	case p.VPID == p.PID:
		// In the initial namespace every id is its own.
		return e.TID, true
	case e.Machine == nil:
		return 0, false
	}
	return e.Machine.VirtualTID(p, e.TID)
}
