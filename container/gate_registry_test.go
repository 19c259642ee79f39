package container

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gyrsec/gyr/event"
)

// TestGateConcurrently sends events of many processes from several goroutines
// through a registry whose runtime is moody: each is judged once, in the order of
// its process, never before its container is described unless the time is over.
func TestGateConcurrently(t *testing.T) {
	const containers, processes, each = 30, 3, 400
	f := &fake{inspect: func(ctx context.Context, n int) (*event.Details, error) {
		switch time.Sleep(time.Duration(rand.IntN(4)) * ms); rand.IntN(4) {
		case 0:
			return notFound(ctx, n)
		case 1:
			return garbage(ctx, n)
		}
		return says(full("web"))(ctx, n)
	}}
	r := running(t, Options{Engines: engines(f), Wait: 150 * ms})
	g := r.Gate()
	var (
		group  sync.WaitGroup
		next   [containers * processes]atomic.Uint64
		blind  atomic.Uint64
		judges atomic.Uint64
	)
	for p := range containers * processes {
		group.Go(func() {
			for n := range uint64(each) {
				c := r.FromCgroup(groupOf(p%containers), "")
				e := &event.Event{Num: n, Process: &event.Process{PID: int32(p), Container: c}}
				judge := func(e *event.Event) {
					judges.Add(1)
					if !e.Process.Container.Described() {
						blind.Add(1)
					}
					if !next[e.Process.PID].CompareAndSwap(e.Num, e.Num+1) {
						t.Errorf("process %d: event %d is judged when %d is next", e.Process.PID, e.Num, next[e.Process.PID].Load())
					}
				}
				if !g.Hold(e, judge) {
					judge(e)
				}
				if n%100 == 0 {
					time.Sleep(ms)
					g.Oldest()
				}
			}
		})
	}
	group.Wait()
	g.Close()
	if got := judges.Load(); got != containers*processes*each {
		t.Errorf("%d events judged, want %d", got, containers*processes*each)
	}
	s := r.Stats().Gate
	if s.Held != 0 || s.HeldBytes != 0 {
		t.Errorf("in the end %+v", s)
	}
	if s.TimedOut+s.Overflowed == 0 && blind.Load() > 0 {
		t.Errorf("%d events judged without details, none counted", blind.Load())
	}
}

// TestNothingIsJudgedWithoutDetails starts 200 containers at once whose runtime
// takes two seconds for an answer: files say what they are.
func TestNothingIsJudgedWithoutDetails(t *testing.T) {
	tests := []struct {
		name    string
		runtime inspect
		files   inspect
		wait    time.Duration // at most
	}{
		{"well", after(5*ms, says(full("web"))), nil, 400 * ms},
		{"slow, with files", after(2*time.Second, says(full("web"))), after(ms, says(full("files"))), 120 * ms},
		{"dead, with files", hangs, after(ms, says(full("files"))), 120 * ms},
		{"away, with files", noSocket, after(ms, says(full("files"))), 60 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Options{Engines: engines(&fake{inspect: tt.runtime})}
				if tt.files != nil {
					o.Files = &fake{name: "files", inspect: tt.files}
				}
				r := running(t, o)
				var judged, blind int
				var mu sync.Mutex
				judge := func(e *event.Event) {
					mu.Lock()
					defer mu.Unlock()
					judged++
					if e.Process.Container.Details().Name == "" {
						blind++
					}
				}
				for i := range 200 {
					r.Made(groupOf(i))
					for n := range uint64(10) {
						if e := in(r.FromCgroup(groupOf(i), ""), n); !r.Gate().Hold(e, judge) {
							judge(e)
						}
					}
					r.Removed(groupOf(i))
				}
				time.Sleep(2 * time.Second)
				s := r.Stats()
				if judged != 2000 || blind > 0 || s.Gate.Wait.Max > tt.wait {
					t.Errorf("%d of 2000 judged, %d without details, %+v", judged, blind, s.Gate)
				}
			})
		})
	}
}

// TestGateOfAForgottenContainer floods the registry while events are held.
func TestGateOfAForgottenContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := running(t, Options{Engines: engines(&fake{inspect: hangs})})
		j := &judged{}
		c := r.FromCgroup(groupOf(0), "")
		r.Gate().Hold(in(c, 1), j.judge)
		for i := range 2 * maxContainers {
			r.FromCgroup(groupOf(i+1), "")
		}
		synctest.Wait()
		if !c.Ready() || len(j.seen()) != 1 {
			t.Errorf("ready %v, judged %v: what was held is lost", c.Ready(), j.seen())
		}
		if s := r.Stats().Gate; s.TimedOut != 1 {
			t.Errorf("%+v", s)
		}
	})
}
