package container

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

// TestWhenEventsMayBeJudged goes through the states runtimes can be in: how long
// events of a new container wait, and what is known of it then and at last.
func TestWhenEventsMayBeJudged(t *testing.T) {
	bare := full("runtime")
	bare.Pod = nil
	tests := []struct {
		name    string
		engines []inspect
		files   inspect
		other   bool // the engines are for other containers
		inPod   bool
		wait    time.Duration
		ready   time.Duration
		by      string // whose name the container has when it is ready
		finally string // and after two minutes
	}{
		{name: "nobody to ask"},
		{name: "runtimes of other containers", engines: []inspect{says(full("other"))}, other: true},
		{name: "the runtime answers", engines: []inspect{after(3*ms, says(full("runtime")))}, ready: 3 * ms, by: "runtime"},
		{name: "the runtime does not know it at once", engines: []inspect{from(60*ms, says(full("runtime")))}, ready: 80 * ms, by: "runtime"},
		{name: "the runtime never knows it", engines: []inspect{notFound}, ready: time.Second},
		{name: "the runtime knows it late", engines: []inspect{from(4*time.Second, says(full("runtime")))}, ready: time.Second, finally: "runtime"},
		{name: "the runtime hangs", engines: []inspect{hangs}, ready: time.Second},
		{name: "the runtime is slow", engines: []inspect{after(5*time.Second, says(full("runtime")))}, ready: time.Second, finally: "runtime"},
		{name: "the runtime answers rubbish", engines: []inspect{garbage}, ready: time.Second},
		{name: "the runtime says nothing", engines: []inspect{func(context.Context, int) (*event.Details, error) { return nil, nil }}, ready: time.Second},
		{name: "there is no runtime", engines: []inspect{noSocket}},
		{name: "a short wait", engines: []inspect{hangs}, wait: 300 * ms, ready: 300 * ms},

		{name: "files and a runtime that is well", engines: []inspect{after(20*ms, says(full("runtime")))}, files: says(full("files")), ready: 20 * ms, by: "runtime"},
		{name: "files and a slow runtime", engines: []inspect{after(2*time.Second, says(full("runtime")))}, files: says(full("files")), ready: 100 * ms, by: "files", finally: "runtime"},
		{name: "files and a runtime that hangs", engines: []inspect{hangs}, files: says(full("files")), ready: 100 * ms, by: "files"},
		{name: "files and a runtime that answers rubbish", engines: []inspect{garbage}, files: says(full("files")), ready: 100 * ms, by: "files"},
		{name: "files and no runtime", engines: []inspect{noSocket}, files: after(1*ms, says(full("files"))), ready: 1 * ms, by: "files"},
		{name: "files alone", files: says(full("files")), by: "files"},
		{name: "files that are not there yet", files: from(25*ms, says(full("files"))), ready: 30 * ms, by: "files"},
		{name: "no files and no runtime", engines: []inspect{noSocket}, files: notFound, ready: 100 * ms},
		{name: "no files and a runtime that never knows it", engines: []inspect{notFound}, files: notFound, ready: time.Second},

		{name: "one of three runtimes", engines: []inspect{noSocket, notFound, after(7*ms, says(full("runtime")))}, ready: 7 * ms, by: "runtime"},
		{name: "two runtimes know it", engines: []inspect{after(4*ms, says(full("first"))), says(full("second"))}, by: "second", finally: "first"},
		{name: "in a pod, told by two", inPod: true, engines: []inspect{says(bare), after(50*ms, says(full("cri")))}, ready: 50 * ms, by: "runtime"},
		{name: "in a pod, files without its name", inPod: true, engines: []inspect{hangs}, files: says(bare), ready: time.Second, by: "runtime"},
		{name: "in a pod, the sandbox", inPod: true, engines: []inspect{hangs, says(event.Details{Name: "pause", Sandbox: true, Pod: &event.Pod{Name: "web"}})}, by: "pause"},
		{name: "a runtime that knows no image", engines: []inspect{after(9*ms, says(event.Details{Name: "rootfs"}))}, ready: 9 * ms, by: "rootfs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Options{Wait: tt.wait}
				for i, in := range tt.engines {
					o.Engines = append(o.Engines, &fake{name: fmt.Sprint(i), inspect: in, has: func(*event.Container) bool { return !tt.other }})
				}
				if tt.files != nil {
					o.Files = &fake{name: "files", inspect: tt.files}
				}
				r := running(t, o)
				path := groupOf(1)
				if tt.inPod {
					path = podGroupOf(1)
				}
				began := time.Now()
				r.Made(path)
				c := r.FromCgroup(path, "")
				for synctest.Wait(); !c.Ready(); synctest.Wait() {
					time.Sleep(ms)
					if time.Since(began) > time.Minute {
						t.Fatal("never ready")
					}
				}
				if got := time.Since(began); got != tt.ready {
					t.Errorf("ready after %v, want %v", got, tt.ready)
				}
				if got := c.Details().Name; got != tt.by {
					t.Errorf("then described by %q, want %q", got, tt.by)
				}
				time.Sleep(2 * time.Minute)
				want := tt.finally
				if want == "" {
					want = tt.by
				}
				if got := c.Details().Name; got != want {
					t.Errorf("at last described by %q, want %q", got, want)
				}
			})
		})
	}
}

// TestMergeFillsEveryField takes each field of the details from the second where
// the first has none, and from the first where it has.
func TestMergeFillsEveryField(t *testing.T) {
	fill := func(v reflect.Value, n int) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				f.SetString(fmt.Sprint(v.Type().Field(i).Name, n))
			case reflect.Int64:
				f.SetInt(int64(n))
			case reflect.Uint8:
				f.SetUint(uint64(n))
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Slice:
				f.Set(reflect.MakeSlice(f.Type(), n, n))
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			default:
				t.Fatalf("say here what becomes of a %s", f.Kind())
			}
		}
	}
	filled := func(n int) *event.Details {
		d := &event.Details{}
		fill(reflect.ValueOf(d).Elem(), n)
		fill(reflect.ValueOf(d.Pod).Elem(), n)
		d.Healthcheck.Exe, d.Liveness.Exe, d.Readiness.Exe = fmt.Sprint("h", n), fmt.Sprint("l", n), fmt.Sprint("r", n)
		return d
	}
	one, two := filled(1), filled(2)
	for _, tt := range []struct {
		name       string
		a, b, want *event.Details
	}{
		{"the first has all", one, two, one},
		{"the first has nothing", &event.Details{}, two, two},
		{"the second has nothing", one, &event.Details{}, one},
		{"the first's pod is empty", &event.Details{Pod: &event.Pod{}}, two, two},
	} {
		if diff := cmp.Diff(tt.want, merge(tt.a, tt.b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff(filled(1), one); diff != "" {
		t.Errorf("merging changed what it was given:\n%s", diff)
	}
}
