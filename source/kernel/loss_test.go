package kernel

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// Processes of the tests of losses.
var (
	onHost      = &event.Process{PID: 10, Start: 100, Name: "tar"}
	inContainer = &event.Process{PID: 20, Start: 200, Name: "sh", Container: &event.Container{ID: "0123456789ab"}}
)

var sameProcess = cmp.Options{
	cmp.Comparer(func(a, b *event.Process) bool { return a == b }),
	cmp.Comparer(func(a, b *event.Container) bool { return a == b }),
}

func newTestLosses() *losses {
	return &losses{
		find: func(pid int32, start int64) *event.Process {
			for _, p := range []*event.Process{onHost, inContainer} {
				if p.PID == pid && p.Start == start {
					return p
				}
			}
			return nil
		},
		taken: time.Unix(100, 0), containers: map[uint64]*event.Container{0: nil}, missing: map[string]Missing{},
	}
}

func name16(s string) (c [16]int8) {
	for i := range len(s) {
		c[i] = int8(s[i])
	}
	return c
}

func group(lost, throttled uint64, last *event.Process) gyrGroup {
	return gyrGroup{Lost: lost, Throttled: throttled, Tgid: uint32(last.PID), Start: uint64(last.Start)}
}

func bucket(of *event.Process, group, throttled uint64) gyrBucket {
	return gyrBucket{Start: uint64(of.Start), Group: group, Throttled: throttled, Comm: name16(of.Name)}
}

func key(of *event.Process, f event.Family) gyrBucketKey {
	return gyrBucketKey{Tgid: uint32(of.PID), Family: uint32(f)}
}

// Three seconds: a quiet one, one with a flood, one in which it goes on.
func TestAdvance(t *testing.T) {
	l := newTestLosses()
	var c counts
	c.families[event.FamilyOpen].Seen = 50
	c.skipped = 3
	quiet := l.advance(observation{at: time.Unix(101, 0), counts: c})
	want := Interval{Length: time.Second, Skipped: 3, Rings: make([]Missing, ringCounters), Missing: map[string]Missing{}}
	want.Families[event.FamilyOpen].Seen = 50
	if diff := cmp.Diff(want, quiet, sameProcess); diff != "" {
		t.Errorf("a quiet second (-want +got):\n%s", diff)
	}

	gone := &event.Process{PID: 30, Start: 300, Name: "fifteen_letters"}
	c.families[event.FamilyOpen] = FamilyStats{1050, Missing{5, 700}}
	c.families[event.FamilyConnect] = FamilyStats{20, Missing{0, 9}}
	c.rings[1] = Missing{5, 709}
	flood := l.advance(observation{
		at: time.Unix(102, 0), counts: c,
		groups: map[uint64]gyrGroup{
			0: group(3, 0, gone), 7: group(2, 699, inContainer), 8: group(0, 10, gone),
		},
		buckets: map[gyrBucketKey]gyrBucket{
			key(inContainer, event.FamilyOpen): bucket(inContainer, 7, 690), key(inContainer, event.FamilyConnect): bucket(inContainer, 7, 9),
			key(gone, event.FamilyOpen): bucket(gone, 8, 10),
		},
	})
	want = Interval{
		Length: time.Second, Rings: make([]Missing, ringCounters), Flooding: 2,
		Missing: map[string]Missing{Host: {3, 0}, "0123456789ab": {2, 699}, Unknown: {0, 10}},
		Flooders: []Flooder{
			{PID: 20, Name: "sh", Family: event.FamilyOpen, Processes: 1, Throttled: 699, Container: "0123456789ab", In: inContainer.Container, Process: inContainer},
			{PID: 30, Name: "fifteen_letters", Family: event.FamilyOpen, Processes: 1, Throttled: 10, Container: Unknown},
		},
	}
	want.Rings[1] = Missing{5, 709}
	want.Families[event.FamilyOpen] = FamilyStats{1000, Missing{5, 700}}
	want.Families[event.FamilyConnect] = FamilyStats{20, Missing{0, 9}}
	if diff := cmp.Diff(want, flood, sameProcess); diff != "" {
		t.Errorf("a flood (-want +got):\n%s", diff)
	}
	if sum := flood.Total(); sum != (FamilyStats{1020, Missing{5, 709}}) {
		t.Errorf("total %+v", sum)
	}

	// Group 8 was given up meanwhile and counts anew, as does PID 20: another
	// process has it. Group 7 is known though its last process is not any more.
	c.rings[0] = Missing{1, 1}
	reused := &event.Process{PID: 20, Start: 999, Name: "new"}
	next := l.advance(observation{
		at: time.Unix(104, 0), counts: c,
		groups: map[uint64]gyrGroup{0: group(3, 0, gone), 7: group(2, 700, reused), 8: group(0, 4, onHost)},
		buckets: map[gyrBucketKey]gyrBucket{
			key(reused, event.FamilyOpen): bucket(reused, 7, 1), key(gone, event.FamilyOpen): bucket(gone, 8, 14),
		},
	})
	want = Interval{
		Length: 2 * time.Second, Rings: make([]Missing, ringCounters), Flooding: 2,
		Missing: map[string]Missing{"0123456789ab": {0, 1}, Host: {0, 4}},
		Flooders: []Flooder{
			{PID: 30, Name: "fifteen_letters", Family: event.FamilyOpen, Processes: 1, Throttled: 4, Container: Host},
			{PID: 20, Name: "new", Family: event.FamilyOpen, Processes: 1, Throttled: 1, Container: "0123456789ab", In: inContainer.Container},
		},
	}
	want.Rings[0] = Missing{1, 1}
	if diff := cmp.Diff(want, next, sameProcess); diff != "" {
		t.Errorf("it goes on (-want +got):\n%s", diff)
	}
	// Events of which the buckets told before the counters did.
	c.rings[0], c.families[event.FamilyOpen].Throttled = Missing{1, 2}, 701
	late := l.advance(observation{at: time.Unix(105, 0), counts: c, groups: l.groups, buckets: l.buckets})
	if diff := cmp.Diff(next.Flooders, late.Flooders, sameProcess); diff != "" || late.Flooding != 2 || late.Total().Throttled != 1 {
		t.Errorf("%d flooders of %d events (-want +got):\n%s", late.Flooding, late.Total().Throttled, diff)
	}
	all := map[string]Missing{Host: {3, 4}, "0123456789ab": {2, 700}, Unknown: {0, 10}}
	if diff := cmp.Diff(all, l.byContainer()); diff != "" {
		t.Errorf("since the start (-want +got):\n%s", diff)
	}
}

// Of many who flood the worst are named, and a fork bomb as one.
func TestAdvanceNamesTheWorst(t *testing.T) {
	l := newTestLosses()
	buckets := map[gyrBucketKey]gyrBucket{}
	for i := range 500 {
		p := &event.Process{PID: int32(1000 + i), Start: 1, Name: "bomb"}
		if i%10 == 0 {
			p.Name = time.Duration(i).String()
		}
		buckets[key(p, event.FamilyOpen)] = bucket(p, 0, uint64(i+1))
	}
	iv := l.advance(observation{at: time.Unix(101, 0), groups: map[uint64]gyrGroup{}, buckets: buckets})
	if len(iv.Flooders) != maxFlooders || iv.Flooding != 500 {
		t.Fatalf("%d flooders named, %d processes", len(iv.Flooders), iv.Flooding)
	}
	want := Flooder{Name: "bomb", Container: Host, Processes: 450, Throttled: 500*501/2 - (50 + 10*49*50/2), PID: 1499, Family: event.FamilyOpen}
	if diff := cmp.Diff(want, iv.Flooders[0], sameProcess); diff != "" {
		t.Errorf("the worst (-want +got):\n%s", diff)
	}
	want = Flooder{Name: "490ns", Container: Host, Processes: 1, Throttled: 491, PID: 1490, Family: event.FamilyOpen}
	if diff := cmp.Diff(want, iv.Flooders[1], sameProcess); diff != "" {
		t.Errorf("the next (-want +got):\n%s", diff)
	}
}

// What is kept of containers does not grow without bounds.
func TestAdvanceForgetsContainers(t *testing.T) {
	l := newTestLosses()
	for i := range uint64(3000) {
		id := i + 1
		p := &event.Process{PID: int32(id), Start: 1, Container: &event.Container{ID: time.Duration(id).String()}}
		l.find = func(int32, int64) *event.Process { return p }
		l.advance(observation{at: time.Unix(101, 0), groups: map[uint64]gyrGroup{id: group(1, 0, p)}})
	}
	if n := len(l.missing); n > maxContainers+1 {
		t.Errorf("%d containers are counted", n)
	}
	if n := len(l.containers); n > 3 {
		t.Errorf("%d groups are kept", n)
	}
	sum := Missing{}
	for _, m := range l.missing {
		sum = sum.plus(m)
	}
	if sum.Lost != 3000 || l.missing[Unknown].Lost != 2000 {
		t.Errorf("%d events lost, %d of them of unknown containers", sum.Lost, l.missing[Unknown].Lost)
	}
}
