package output

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

var (
	epoch = time.Unix(1_700_000_000, 0)
	ruleA = &rules.Rule{Name: "A"}
	ruleB = &rules.Rule{Name: "B"}
)

// host is a process in a control group of its own.
func host(pid int32) alert.Origin {
	return alert.Origin{PID: pid, Start: int64(pid), PPID: 1, SID: pid, Name: fmt.Sprint("p", pid), Cgroup: fmt.Sprint("/service", pid)}
}

// child is a process of a shell's, in its session.
func child(shell, pid int32) alert.Origin {
	o := host(shell)
	o.PPID, o.PID, o.Start, o.Name = shell, pid, int64(pid), "child"
	return o
}

// made is an alert of a size in units.
func made(o alert.Origin, r *rules.Rule, clock int64, units int) *alert.Alert {
	a := &alert.Alert{Rule: r, Origin: o, Clock: clock, Output: fmt.Sprintf("%s %s %d", o.Name, r.Name, clock)}
	if units > 1 {
		a.Output += strings.Repeat(".", (units-1)*unitBytes)
	}
	return a
}

// lister takes all alerts out of a queue and names them.
func (q *queue) list() []string {
	var all []string
	for {
		a, _ := q.take(1<<62, epoch)
		if a == nil {
			return all
		}
		all = append(all, strings.TrimRight(a.Output, "."))
	}
}

func numbered(format string, numbers ...int) []string {
	var all []string
	for _, n := range numbers {
		all = append(all, fmt.Sprintf(format, n))
	}
	return all
}

// upTo are the numbers from 1 to n.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

func TestQueueOverflow(t *testing.T) {
	add := func(q *queue, o alert.Origin, r *rules.Rule, clocks ...int) {
		for _, c := range clocks {
			q.add(made(o, r, int64(c), 1), epoch)
		}
	}
	tests := []struct {
		name string
		fill func(q *queue) // with room for 10
		want []string
	}{
		{"what there is room for", func(q *queue) { add(q, host(1), ruleA, upTo(10)...) }, numbered("p1 A %d", upTo(10)...)},
		{"the first stay", func(q *queue) { add(q, host(1), ruleA, upTo(30)...) }, numbered("p1 A %d", upTo(10)...)},
		{"others before", func(q *queue) {
			add(q, host(2), ruleA, 1, 2)
			add(q, host(1), ruleA, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
		}, append(numbered("p2 A %d", 1, 2), numbered("p1 A %d", 3, 4, 5, 6, 7, 8, 9, 10)...)},
		{"others after", func(q *queue) {
			add(q, host(1), ruleA, upTo(30)...)
			add(q, host(2), ruleA, 31, 32)
			add(q, host(1), ruleA, 33)
		}, append(numbered("p1 A %d", upTo(8)...), numbered("p2 A %d", 31, 32)...)},
		{"two that flood share", func(q *queue) {
			add(q, host(1), ruleA, upTo(30)...)
			for c := 31; c < 50; c++ {
				add(q, host(2), ruleA, c)
				add(q, host(1), ruleA, c)
			}
		}, append(numbered("p1 A %d", upTo(5)...), numbered("p2 A %d", 31, 32, 33, 34, 35)...)},
		{"a rule's first of the flooder", func(q *queue) {
			add(q, host(1), ruleA, upTo(30)...)
			add(q, host(1), ruleB, 31)
			add(q, host(1), ruleA, 32)
		}, append(numbered("p1 A %d", upTo(9)...), "p1 B 31")},
		{"a rule floods, another of the same process does not", func(q *queue) {
			add(q, host(1), ruleB, 1)
			add(q, host(1), ruleA, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
			add(q, host(1), ruleB, 14, 15)
		}, append(append([]string{"p1 B 1"}, numbered("p1 A %d", 2, 3, 4, 5, 6, 7, 8)...), "p1 B 14", "p1 B 15")},
		{"one process after the other", func(q *queue) {
			for c := 1; c <= 30; c++ {
				add(q, child(1, int32(100+c)), ruleA, c)
			}
			add(q, host(2), ruleA, 31, 32, 33)
			add(q, child(1, 200), ruleA, 34)
		}, append(numbered("child A %d", upTo(7)...), numbered("p2 A %d", 31, 32, 33)...)},
		{"one process after the other, beside one of the same control group", func(q *queue) {
			for c := 1; c <= 30; c++ {
				o := child(1, int32(100+c))
				o.Cgroup = "/all"
				add(q, o, ruleA, c)
			}
			o := host(2)
			o.Cgroup = "/all"
			add(q, o, ruleA, 31, 32, 33)
		}, append(numbered("child A %d", upTo(7)...), numbered("p2 A %d", 31, 32, 33)...)},
		{"a container by many processes", func(q *queue) {
			for c := 1; c <= 30; c++ {
				o := host(int32(c))
				o.Container, o.Name = "0123456789ab", "inside"
				add(q, o, ruleA, c)
			}
			add(q, host(100), ruleA, 31)
			add(q, host(101), ruleA, 32)
		}, append(numbered("inside A %d", upTo(8)...), "p100 A 31", "p101 A 32")},
		{"the same number by another process", func(q *queue) {
			add(q, host(1), ruleA, upTo(10)...)
			o := host(1)
			o.Start, o.Name = 77, "reused"
			add(q, o, ruleA, 11, 12)
		}, append(numbered("p1 A %d", upTo(8)...), "reused A 11", "reused A 12")},
		{"of the sensor itself", func(q *queue) {
			add(q, alert.Origin{}, ruleB, 1)
			add(q, alert.Origin{PID: 1, Name: "nowhere"}, ruleA, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
			add(q, alert.Origin{}, ruleB, 13)
		}, append(append([]string{" B 1"}, numbered("nowhere A %d", 2, 3, 4, 5, 6, 7, 8, 9)...), " B 13")},
		{"long alerts count for more", func(q *queue) {
			add(q, host(1), ruleA, 1, 2, 3, 4)
			for c := 5; c < 9; c++ {
				q.add(made(host(2), ruleB, int64(c), 3), epoch)
			}
		}, append(numbered("p1 A %d", 1, 2, 3, 4), "p2 B 5", "p2 B 6")},
		{"longer than the queue", func(q *queue) {
			q.add(made(host(2), ruleB, 1, 11), epoch)
			add(q, host(1), ruleA, 2)
		}, []string{"p1 A 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := newQueue(10)
			tt.fill(q)
			offered := q.number
			got := q.list()
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if q.lost.Load() != offered-uint64(len(got)) || q.dropped.n != q.lost.Load() {
				t.Errorf("%d of %d delivered, %d lost, %d to be told", len(got), offered, q.lost.Load(), q.dropped.n)
			}
		})
	}
}

func TestQueueRefuses(t *testing.T) {
	q := newQueue(10)
	refuse := func(o alert.Origin, r *rules.Rule, want bool) {
		t.Helper()
		lost := q.lost.Load()
		if got := q.refuse(&o, r, epoch); got != want {
			t.Errorf("process %d, rule %s: refused: %v, want %v", o.PID, r.Name, got, want)
		}
		if counted := q.lost.Load() - lost; (counted == 1) != want {
			t.Errorf("process %d, rule %s: counted %d", o.PID, r.Name, counted)
		}
	}
	for c := range 9 {
		q.add(made(host(1), ruleA, int64(c+1), 1), epoch)
	}
	refuse(host(1), ruleA, false) // there is room
	q.add(made(host(2), ruleA, 10, 1), epoch)
	refuse(host(1), ruleA, true)
	refuse(host(1), ruleB, false) // the first of its kind
	refuse(host(2), ruleA, false)
	refuse(host(3), ruleA, false)
	if diff := gocmp.Diff(append(numbered("p1 A %d", upTo(9)...), "p2 A 10"), q.list()); diff != "" {
		t.Errorf("asking changed the queue (-want +got):\n%s", diff)
	}
	refuse(host(1), ruleA, false)

	// Of one process after the other none has more than another.
	for c := range 10 {
		q.add(made(child(1, int32(100+c)), ruleA, int64(c+1), 1), epoch)
	}
	refuse(child(1, 200), ruleA, true)
	refuse(host(2), ruleA, false)
}

// shareOf sums the units of the items whose first keys are these.
func (q *queue) shareOf(keys []shareKey) (units int) {
	for _, it := range q.due {
		k := keysOf(&it.alert.Origin, it.alert.Rule.Name)
		if slices.Equal(k[:len(keys)], keys) {
			units += it.units
		}
	}
	return units
}

// fair fails the test unless the queue, which has too much in it, would drop the
// newest alert of one that nobody beside it, on any level, has more than.
func (q *queue) fair(t *testing.T, v *item) {
	t.Helper()
	keys := keysOf(&v.alert.Origin, v.alert.Rule.Name)
	for level := range levels - 1 {
		mine := q.shareOf(keys[:level+1])
		for _, it := range q.due {
			other := keysOf(&it.alert.Origin, it.alert.Rule.Name)
			if slices.Equal(other[:level], keys[:level]) && q.shareOf(other[:level+1]) > mine {
				t.Fatalf("level %d: %v has %d, %v has %d and loses", level, other[level], q.shareOf(other[:level+1]), keys[level], mine)
			}
		}
	}
	rest := map[string]int{} // of the same process, what is not the first of its rule
	first := map[string]uint64{}
	for _, it := range slices.SortedFunc(slices.Values(q.due), func(a, b *item) int { return cmp.Compare(a.number, b.number) }) {
		other := keysOf(&it.alert.Origin, it.alert.Rule.Name)
		if other == keys && it.number > v.number {
			t.Fatalf("%d is dropped, and not %d, which is newer", v.number, it.number)
		}
		if !slices.Equal(other[:levels-1], keys[:levels-1]) {
			continue
		}
		if name := it.alert.Rule.Name; first[name] == 0 {
			first[name] = it.number
		} else {
			rest[name] += it.units
		}
	}
	for name, units := range rest {
		if mine := rest[v.alert.Rule.Name]; first[v.alert.Rule.Name] == v.number || units > mine {
			t.Fatalf("rule %s loses number %d of %d units, %s has %d", v.alert.Rule.Name, v.number, mine, name, units)
		}
	}
}

// check compares what the queue knows of its shares with its items.
func (q *queue) check(t *testing.T, capacity int) {
	t.Helper()
	units, known := 0, map[string]bool{}
	for i, it := range q.due {
		units += it.units
		if it.place != i {
			t.Fatalf("item %d has place %d", i, it.place)
		}
		k := keysOf(&it.alert.Origin, it.alert.Rule.Name)
		for level := range levels {
			known[fmt.Sprint(k[:level+1])] = true
		}
	}
	if units > capacity || q.accounts.root.units != units {
		t.Fatalf("%d units, said to be %d, in a queue for %d", units, q.accounts.root.units, capacity)
	}
	if len(q.accounts.known) != len(known) {
		t.Fatalf("%d shares are kept, %d have something", len(q.accounts.known), len(known))
	}
}

// Whatever comes and goes, whoever loses an alert is one of those that have
// most, the bounds hold, nothing is left behind, and refuse tells what add would
// do.
func TestQueueRandom(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 4))
		const capacity = 40
		q := newQueue(capacity)
		floods := rune('A' + random.IntN(3)) // one rule more often than others
		taken := uint64(0)
		for range 600 {
			switch n := random.IntN(10); {
			case n == 0:
				before := int64(0)
				for range random.IntN(6) {
					a, _ := q.take(1<<62, epoch)
					if a == nil {
						break
					}
					if a.Clock < before {
						t.Fatalf("%d comes after %d", a.Clock, before)
					}
					before = a.Clock
					taken++
				}
			default:
				o := host(int32(1 + random.IntN(4)))
				if n < 5 {
					o = child(1, int32(10+random.IntN(20)))
				}
				r := &rules.Rule{Name: string(rune('A' + random.IntN(3)))}
				if n > 7 {
					o, r.Name = host(1), string(floods)
				}
				q.try(t, made(o, r, 1+random.Int64N(1000), 1+max(0, random.IntN(8)-5)))
			}
			q.check(t, capacity)
		}
		if taken += uint64(len(q.list())); taken+q.lost.Load() != q.number {
			t.Fatalf("%d came, %d were taken, %d lost", q.number, taken, q.lost.Load())
		}
		if len(q.accounts.known) != 0 || q.accounts.root.units != 0 || len(q.accounts.root.parts) != 0 {
			t.Fatalf("an empty queue keeps %d shares, %d units", len(q.accounts.known), q.accounts.root.units)
		}
	}
}

// try is add, with everything dropped looked at.
func (q *queue) try(t *testing.T, a *alert.Alert) {
	t.Helper()
	full := q.accounts.root.units >= q.capacity
	blamed := full && q.accounts.blames(&a.Origin, a.Rule.Name)
	capacity := q.capacity
	q.capacity = 1 << 30 // nothing is dropped yet
	q.add(a, epoch)
	q.capacity = capacity
	for first := true; q.accounts.root.units > capacity; first = false {
		v := q.accounts.victim()
		q.fair(t, v)
		own := keysOf(&v.alert.Origin, v.alert.Rule.Name) == keysOf(&a.Origin, a.Rule.Name)
		if first && full && a.Size() <= unitBytes && own != blamed {
			t.Fatalf("refused: %v, but its own is dropped: %v", blamed, own)
		}
		q.remove(v)
		q.drop(&v.alert.Origin, v.alert.Rule.Name, epoch)
	}
}

// A real queue bounds bytes and numbers.
func TestQueueBounds(t *testing.T) {
	for _, bytes := range []int{0, 20 << 10, 300 << 10} {
		q := newQueue(DefaultCapacity)
		text := strings.Repeat("x", bytes)
		for i := range 20_000 {
			a := made(host(int32(i%300)), ruleA, int64(i), 1)
			a.Output = text
			q.add(a, epoch)
		}
		sum := 0
		for _, it := range q.due {
			sum += it.alert.Size()
		}
		if sum > 32<<20 || len(q.due) > DefaultCapacity {
			t.Errorf("%d alerts of %d bytes take %d bytes", len(q.due), bytes, sum)
		}
		if bytes == 0 && len(q.due) != DefaultCapacity || bytes > 0 && sum < 24<<20 {
			t.Errorf("only %d alerts of %d bytes", len(q.due), bytes)
		}
	}
}

// A flooder's alert that is dropped takes no memory, not even to be counted.
func TestQueueRefusesWithoutAllocating(t *testing.T) {
	q := newQueue(100)
	for c := range 100 {
		q.add(made(host(1), ruleA, int64(c+1), 1), epoch)
	}
	o := host(1)
	if n := testing.AllocsPerRun(100, func() {
		if !q.refuse(&o, ruleA, epoch) {
			t.Error("not refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
