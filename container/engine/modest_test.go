package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

func TestModest(t *testing.T) {
	usual := event.Details{
		Type: "podman", Name: "web", Image: "a:1", ImageRepository: "a", ImageTag: "1",
		Labels: []event.Label{{Name: "a", Value: "b"}}, Mounts: []event.Mount{{Source: "/a", Destination: "/b"}},
		Pod: &event.Pod{Name: "p", Labels: []event.Label{{Name: "c"}}}, Healthcheck: &event.Probe{Exe: "/check"}, CNI: "{}",
	}
	long := strings.Repeat("x", 100_000)
	change := func(f func(*event.Details)) event.Details {
		d, pod := usual, *usual.Pod
		d.Pod = &pod
		f(&d)
		return d
	}
	var labels []event.Label
	var mounts []event.Mount
	for i := range 100_000 {
		labels = append(labels, event.Label{Name: fmt.Sprint(i)})
		mounts = append(mounts, event.Mount{Source: fmt.Sprint(i)})
	}
	tests := []struct {
		name        string
		given, want event.Details
	}{
		{"usual", usual, usual},
		{"CNI", change(func(d *event.Details) { d.CNI = long }), change(func(d *event.Details) { d.CNI = "" })},
		{"labels", change(func(d *event.Details) { d.Labels = labels }), change(func(d *event.Details) { d.CNI, d.Labels, d.Pod.Labels = "", nil, nil })},
		{"labels of the pod", change(func(d *event.Details) { d.Pod.Labels = labels }), change(func(d *event.Details) { d.CNI, d.Labels, d.Pod.Labels = "", nil, nil })},
		{"mounts", change(func(d *event.Details) { d.Mounts = mounts }), change(func(d *event.Details) { d.CNI, d.Labels, d.Pod.Labels, d.Mounts = "", nil, nil, nil })},
		{"a probe", change(func(d *event.Details) { d.Liveness = &event.Probe{Args: []string{long}} }), change(func(d *event.Details) {
			d.CNI, d.Labels, d.Pod.Labels, d.Mounts, d.Healthcheck = "", nil, nil, nil, nil
		})},
		{"names", change(func(d *event.Details) { d.Name, d.Image, d.Pod.Name = long, long, long }), change(func(d *event.Details) {
			d.CNI, d.Labels, d.Pod.Labels, d.Mounts, d.Healthcheck = "", nil, nil, nil, nil
			d.Name, d.Image, d.Pod.Name = long[:maxText], long[:maxText], long[:maxText]
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := sizeOf(&tt.given)
			got, err := modest{described{details: &tt.given}, maxUserDetails}.Inspect(t.Context(), "id")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if sizeOf(got) > maxUserDetails || sizeOf(&tt.given) != before {
				t.Errorf("it has %d bytes; what was given had %d and has %d", sizeOf(got), before, sizeOf(&tt.given))
			}
		})
	}
}
