package engine

import (
	"context"
	"strings"

	"github.com/gyrsec/gyr/event"
)

const (
	// maxDetails is how many bytes a description may have about, some hundred times
	// what is usual; maxUserDetails is that of a container of a user's runtime, which
	// can say anything of any number of them.
	maxDetails     = 256 << 10
	maxUserDetails = 8 << 10
	// maxText is what is kept of a text where a description is still too long
	// without the lists.
	maxText = 256
)

// modest bounds descriptions: thousands of them are kept.
type modest struct {
	Engine
	longest int
}

// Inspect implements Engine. Of a description that is too long, what few rules ask
// for is left out first.
func (m modest) Inspect(ctx context.Context, fullID string) (*event.Details, error) {
	d, err := m.Engine.Inspect(ctx, fullID)
	if err != nil || d == nil || sizeOf(d) <= m.longest {
		return d, err
	}
	return shortened(d, m.longest), nil
}

func shortened(of *event.Details, longest int) *event.Details {
	d := *of
	pod := &event.Pod{}
	if d.Pod != nil {
		*pod = *d.Pod
		d.Pod = pod
	}
	for _, leaveOut := range [...]func(){
		func() { d.CNI, pod.CNI = "", "" },
		func() { d.Labels, pod.Labels = nil, nil },
		func() { d.Mounts = nil },
		func() { d.Healthcheck, d.Liveness, d.Readiness = nil, nil, nil },
		func() {
			for _, text := range append(texts(&d), podTexts(pod)...) {
				if len(*text) > maxText {
					*text = strings.Clone((*text)[:maxText])
				}
			}
		},
	} {
		if leaveOut(); sizeOf(&d) <= longest {
			break
		}
	}
	return &d
}

func texts(d *event.Details) []*string {
	return []*string{&d.Type, &d.Name, &d.Image, &d.ImageRepository, &d.ImageTag, &d.ImageDigest, &d.ImageID, &d.IP, &d.CNI}
}

func podTexts(p *event.Pod) []*string {
	return []*string{&p.Name, &p.Namespace, &p.UID, &p.SandboxID, &p.IP, &p.CNI}
}

// sizeOf is about how many bytes a description takes.
func sizeOf(d *event.Details) (n int) {
	const (
		text  = 16 // a string or a slice, without what it refers to
		mount = 4*text + 8
	)
	for _, s := range texts(d) {
		n += text + len(*s)
	}
	for i := range d.Mounts {
		m := &d.Mounts[i]
		n += mount + len(m.Source) + len(m.Destination) + len(m.Mode) + len(m.Propagation)
	}
	labels := d.Labels
	if d.Pod != nil {
		for _, s := range podTexts(d.Pod) {
			n += text + len(*s)
		}
		for i := range d.Pod.Labels {
			n += 2*text + len(d.Pod.Labels[i].Name) + len(d.Pod.Labels[i].Value)
		}
	}
	for i := range labels {
		n += 2*text + len(labels[i].Name) + len(labels[i].Value)
	}
	for _, p := range []*event.Probe{d.Healthcheck, d.Liveness, d.Readiness} {
		if p == nil {
			continue
		}
		n += 2*text + len(p.Exe)
		for _, arg := range p.Args {
			n += text + len(arg)
		}
	}
	return n
}
