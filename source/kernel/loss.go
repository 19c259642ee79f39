package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

const (
	// maxFlooders is how many of those that flood are named.
	maxFlooders = 10
	// maxContainers is how many containers are counted by themselves.
	maxContainers = 1000
)

// Interval is what became of the events of a stretch of time, usually a second.
type Interval struct {
	Length   time.Duration
	Families [event.Families]FamilyStats
	Rings    []Missing          // the last is that of process changes
	Missing  map[string]Missing // by container id, Host or Unknown
	Skipped  uint64             // as in Stats
	// Flooders are those who were throttled, the worst first, no more than ten;
	// Flooding is the number of all processes among them.
	Flooders []Flooder
	Flooding int
}

// Total sums the families.
func (iv *Interval) Total() (sum FamilyStats) {
	for _, f := range iv.Families {
		sum.Seen += f.Seen
		sum.Missing = sum.plus(f.Missing)
	}
	return sum
}

// Flooder is who was throttled: all processes of one name in one container, so
// that a flood by ever new processes is named as one. PID, Process and Family are
// of that of them of which most was throttled.
type Flooder struct {
	Name      string // the kernel's, when it began
	Container string // id, Host or Unknown
	// In is the container, nil on the host and where it is not known.
	In        *event.Container
	Processes int
	Throttled uint64 // events

	PID int32
	// Process is nil where nothing is known of it any more.
	Process *event.Process
	// Family is that of most of its events.
	Family event.Family
}

// losses follows what gets lost from one look at the kernel half's counters to
// the next.
type losses struct {
	// find looks a process up, nil where it is not known.
	find func(pid int32, start int64) *event.Process
	// resync, if not nil, is called after changes of processes were lost, so
	// that the table is made right again. It must not block.
	resync func()
	// report, if not nil, is told about every interval.
	report func(Interval)

	mu         sync.Mutex
	taken      time.Time // when the counters were looked at
	counts     counts
	groups     map[uint64]gyrGroup
	buckets    map[gyrBucketKey]gyrBucket // those that were throttled
	blamed     []Flooder                  // the last time somebody was
	flooding   int
	containers map[uint64]*event.Container // of groups, as far as they are known; nil is the host
	missing    map[string]Missing          // by container, since the start
}

func newLosses(s *Source) *losses {
	return &losses{
		find: func(pid int32, start int64) *event.Process {
			if t := s.table.Find(process.KeyOf(pid, start)); t != nil {
				return t.Current()
			}
			return nil
		},
		report: s.options.Interval,
		taken:  time.Now(), containers: map[uint64]*event.Container{0: nil}, missing: map[string]Missing{},
	}
}

// byContainer returns what is missing since the start by container.
func (l *losses) byContainer() map[string]Missing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.missing)
}

// observation is what the kernel half says; groups and buckets are read only
// when something was lost or throttled.
type observation struct {
	at      time.Time
	counts  counts
	groups  map[uint64]gyrGroup
	buckets map[gyrBucketKey]gyrBucket
}

// checkLosses looks at the counters and tells whoever has to know. It is called
// by the poller, so from one goroutine.
func (s *Source) checkLosses() {
	o, err := s.observe()
	if err != nil {
		s.options.Log.Warn("it cannot be told whether events were lost", "error", err)
		return
	}
	iv := s.losses.advance(o)
	if changes := iv.Rings[len(iv.Rings)-1]; changes != (Missing{}) && s.losses.resync != nil {
		s.losses.resync()
	}
	if s.losses.report != nil {
		s.losses.report(iv)
	}
}

func (s *Source) observe() (o observation, err error) {
	o.at = time.Now()
	if o.counts, err = s.counts(); err != nil || o.counts.rings == s.losses.counts.rings {
		return o, err
	}
	if o.groups, err = readAll[uint64, gyrGroup](s.loaded.objects.Groups); err != nil {
		return o, fmt.Errorf("read what containers lost: %w", err)
	}
	if o.buckets, err = readAll[gyrBucketKey, gyrBucket](s.loaded.objects.Buckets); err != nil {
		return o, fmt.Errorf("read who floods: %w", err)
	}
	maps.DeleteFunc(o.buckets, func(_ gyrBucketKey, b gyrBucket) bool { return b.Throttled == 0 })
	return o, nil
}

// batch is how many entries of a map are read at once.
const batch = 2048

// readAll reads a hash map that programs change meanwhile: some entries may be
// missed, none is read twice.
func readAll[K comparable, V any](m *ebpf.Map) (map[K]V, error) {
	all := map[K]V{}
	keys, values := make([]K, batch), make([]V, batch)
	var cursor ebpf.MapBatchCursor
	for {
		n, err := m.BatchLookup(&cursor, keys, values, nil)
		for i := range n {
			all[keys[i]] = values[i]
		}
		switch {
		case errors.Is(err, ebpf.ErrKeyNotExist):
			return all, nil
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, err
		}
	}
}

// advance returns what happened since the last observation.
func (l *losses) advance(o observation) Interval {
	l.mu.Lock()
	defer l.mu.Unlock()
	iv := Interval{Length: o.at.Sub(l.taken), Missing: map[string]Missing{}}
	for f, c := range o.counts.families {
		before := l.counts.families[f]
		iv.Families[f] = FamilyStats{c.Seen - before.Seen, c.minus(before.Missing)}
	}
	for i, c := range o.counts.rings {
		iv.Rings = append(iv.Rings, c.minus(l.counts.rings[i]))
	}
	iv.Skipped = o.counts.skipped - l.counts.skipped
	l.taken, l.counts = o.at, o.counts
	if o.groups != nil {
		maps.DeleteFunc(l.containers, func(id uint64, _ *event.Container) bool { _, there := o.groups[id]; return id != 0 && !there })
		l.attribute(&iv, o.groups)
		l.blame(&iv, o.buckets)
		l.groups, l.buckets = o.groups, o.buckets
	}
	return iv
}

// attribute finds out whose containers the missing events were of.
func (l *losses) attribute(iv *Interval, groups map[uint64]gyrGroup) {
	for id, g := range groups {
		now := Missing{g.Lost, g.Throttled}
		before := Missing{l.groups[id].Lost, l.groups[id].Throttled}
		if now.Lost < before.Lost || now.Throttled < before.Throttled {
			before = Missing{} // the entry was given up and made anew
		}
		if now == before {
			continue
		}
		name, _ := l.container(id, l.find(int32(g.Tgid), int64(g.Start)))
		if _, known := l.missing[name]; !known && len(l.missing) >= maxContainers {
			name = Unknown
		}
		iv.Missing[name] = iv.Missing[name].plus(now.minus(before))
		l.missing[name] = l.missing[name].plus(now.minus(before))
	}
}

// container is the container that a group is of and its id, going by a process
// in it.
func (l *losses) container(group uint64, p *event.Process) (id string, c *event.Container) {
	c, ok := l.containers[group]
	if !ok && p == nil {
		return Unknown, nil
	}
	if !ok {
		c = p.Container
		l.containers[group] = c
	}
	if c == nil {
		return Host, nil
	}
	return c.ID, c
}

// culprit is a process that was throttled.
type culprit struct {
	pid    int32
	bucket gyrBucket // one of its
	family event.Family
	most   uint64 // events of that family
	all    uint64
}

// culprits are the processes of which something was throttled since the last
// observation.
func (l *losses) culprits(buckets map[gyrBucketKey]gyrBucket) map[uint32]*culprit {
	all := map[uint32]*culprit{}
	for key, b := range buckets {
		n := b.Throttled
		if before := l.buckets[key]; before.Start == b.Start && before.Throttled <= n {
			n -= before.Throttled
		}
		if n == 0 {
			continue
		}
		c := all[key.Tgid]
		if c == nil {
			c = &culprit{pid: int32(key.Tgid), bucket: b}
			all[key.Tgid] = c
		}
		c.all += n
		if n > c.most {
			c.most, c.family = n, event.Family(key.Family)
		}
	}
	return all
}

// blame finds out who was throttled most.
func (l *losses) blame(iv *Interval, buckets map[gyrBucketKey]gyrBucket) {
	type name struct{ comm, container string }
	flooders := map[name]*Flooder{}
	worst := map[name]uint64{} // events of the worst process of that name
	for _, c := range l.culprits(buckets) {
		iv.Flooding++
		p := l.find(c.pid, int64(c.bucket.Start))
		id, in := l.container(c.bucket.Group, p)
		n := name{comm(c.bucket.Comm), id}
		f := flooders[n]
		if f == nil {
			f = &Flooder{Name: n.comm, Container: n.container, In: in}
			flooders[n] = f
		}
		f.Processes++
		f.Throttled += c.all
		if c.all > worst[n] || c.all == worst[n] && c.pid > f.PID {
			worst[n], f.PID, f.Process, f.Family = c.all, c.pid, p, c.family
		}
	}
	for _, f := range flooders {
		iv.Flooders = append(iv.Flooders, *f)
	}
	slices.SortFunc(iv.Flooders, func(a, b Flooder) int {
		return cmp.Or(cmp.Compare(b.Throttled, a.Throttled), cmp.Compare(a.PID, b.PID))
	})
	iv.Flooders = iv.Flooders[:min(maxFlooders, len(iv.Flooders))]
	if iv.Flooding == 0 && iv.Total().Throttled > 0 {
		// The buckets are read after the counters: the last time, they held these
		// events already.
		iv.Flooders, iv.Flooding = l.blamed, l.flooding
	}
	l.blamed, l.flooding = iv.Flooders, iv.Flooding
}

// comm is a NUL-terminated name of the kernel's.
func comm(c [16]int8) string {
	var b []byte
	for _, x := range c {
		if x == 0 {
			break
		}
		b = append(b, byte(x))
	}
	return string(b)
}
