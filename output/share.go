package output

import (
	"cmp"
	"container/heap"

	"github.com/gyrsec/gyr/alert"
)

// levels is how finely those who share a queue are told apart: by container or
// control group, then by session, by parent, by process, by rule.
//
// What stands above the process is there for whoever floods with one process
// after the other: together they have no more than a single one.
const levels = 5

// internalGroup is the first level of alerts of the sensor itself; no control
// group and no container is called that.
const internalGroup = "internal"

// shareKey tells the shares of one level apart.
type shareKey struct {
	text      string
	id, start int64
}

func keysOf(o *alert.Origin, rule string) [levels]shareKey {
	group := o.Container
	switch {
	case *o == alert.Origin{}:
		group = internalGroup
	case group == "":
		group = o.Cgroup
	}
	return [levels]shareKey{{text: group}, {id: int64(o.SID)}, {id: int64(o.PPID)}, {id: int64(o.PID), start: o.Start}, {text: rule}}
}

// share is what somebody has in a queue. Shares form a tree: the parts of a
// process are its rules.
type share struct {
	parent *share
	key    shareKey
	place  int    // among the parent's parts
	parts  shares // whoever has most is the first
	units  int
	newest uint64 // the number of the last item it got
	// On the last level the items, as they came.
	first, last *item
}

// excess is what a share can lose, as far as it decides who loses something. A
// rule's first alert is the last to go.
func (s *share) excess() int {
	if s.first == nil {
		return s.units
	}
	return s.units - s.first.units
}

// before reports whether s is to lose something rather than o: who has more, and
// of those who have the same who came last.
func (s *share) before(o *share) bool {
	return cmp.Or(cmp.Compare(o.excess(), s.excess()), cmp.Compare(o.newest, s.newest)) < 0
}

// shares is a heap.
type shares []*share

func (h shares) Len() int           { return len(h) }
func (h shares) Less(i, j int) bool { return h[i].before(h[j]) }
func (h shares) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}
func (h *shares) Push(x any) {
	s := x.(*share)
	s.place = len(*h)
	*h = append(*h, s)
}
func (h *shares) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return s
}

// edge is where a share is found.
type edge struct {
	parent *share
	key    shareKey
}

// accounts are the shares of a queue.
type accounts struct {
	root  share
	known map[edge]*share
}

// add gives an item to whoever caused it.
func (c *accounts) add(it *item) {
	s := &c.root
	for _, key := range keysOf(&it.alert.Origin, it.alert.Rule.Name) {
		part := c.known[edge{s, key}]
		if part == nil {
			part = &share{parent: s, key: key}
			c.known[edge{s, key}] = part
			heap.Push(&s.parts, part)
		}
		s = part
	}
	it.share, it.before, it.after = s, s.last, nil
	if s.last == nil {
		s.first = it
	} else {
		s.last.after = it
	}
	s.last = it
	for ; s != nil; s = s.parent {
		s.newest = it.number
		c.charge(s, it.units)
	}
}

// remove takes an item back from whoever had it.
func (c *accounts) remove(it *item) {
	s := it.share
	if it.before == nil {
		s.first = it.after
	} else {
		it.before.after = it.after
	}
	if it.after == nil {
		s.last = it.before
	} else {
		it.after.before = it.before
	}
	if s.last != nil {
		s.newest = s.last.number
	}
	for ; s != nil; s = s.parent {
		c.charge(s, -it.units)
	}
}

// charge adds to one share and keeps its place right.
func (c *accounts) charge(s *share, units int) {
	s.units += units
	switch {
	case s.parent == nil:
	case s.units == 0:
		heap.Remove(&s.parent.parts, s.place)
		delete(c.known, edge{s.parent, s.key})
	default:
		heap.Fix(&s.parent.parts, s.place)
	}
}

// victim is the item that has to go when there is too much: the newest of
// whoever has most. There has to be one.
func (c *accounts) victim() *item {
	s := &c.root
	for s.last == nil {
		s = s.parts[0]
	}
	return s.last
}

// blames reports whether one more item of this origin, of one unit, would be
// the victim.
func (c *accounts) blames(o *alert.Origin, rule string) bool {
	s := &c.root
	for level, key := range keysOf(o, rule) {
		part := c.known[edge{s, key}]
		then := 1
		switch {
		case part != nil:
			then += part.excess()
		case level == levels-1: // the rule's first
			then = 0
		}
		// With as much as the first one has it would be the newer of the two.
		if then < s.parts[0].excess() {
			return false
		}
		if part == nil {
			return true // it is alone there
		}
		s = part
	}
	return true
}
