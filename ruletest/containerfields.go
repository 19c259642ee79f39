package ruletest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/event"
)

// The container of which a test says nothing but that there is one.
const (
	ordinaryContainer = "3c6a9e0f1b2d"
	ordinaryRuntime   = "containerd"
	idLength          = 64
)

func containerDescribers() map[string]describer {
	inside := func(set func(*builder, string)) describer {
		return text(func(b *builder, s string) {
			set(b, s)
			b.inside()
		})
	}
	fact := func(set func(*event.Details, string)) describer {
		return inside(func(b *builder, s string) { set(&b.details, s) })
	}
	is := func(fact func(*event.Details) *event.Fact) describer {
		return truth(func(b *builder, v bool) {
			*fact(&b.details) = event.FactOf(v)
			b.inside()
		})
	}
	return map[string]describer{
		"container.id": text(func(b *builder, s string) {
			if s == "host" {
				b.place = onHost
				return
			}
			b.place, b.container.ID = inContainer, s
		}),
		"container.full_id":          inside(func(b *builder, s string) { b.container.FullID = s }),
		"container.name":             orHost(fact(func(d *event.Details, s string) { d.Name = s })),
		"container.type":             orHost(fact(func(d *event.Details, s string) { d.Type = s })),
		"container.image":            fact(func(d *event.Details, s string) { d.Image = s }),
		"container.image.id":         fact(func(d *event.Details, s string) { d.ImageID = s }),
		"container.image.repository": fact(func(d *event.Details, s string) { d.ImageRepository = s }),
		"container.image.tag":        fact(func(d *event.Details, s string) { d.ImageTag = s }),
		"container.image.digest":     fact(func(d *event.Details, s string) { d.ImageDigest = s }),
		"container.ip":               fact(func(d *event.Details, s string) { d.IP = s }),
		"container.cni.json":         fact(func(d *event.Details, s string) { d.CNI = s }),

		"container.privileged":   is(func(d *event.Details) *event.Fact { return &d.Privileged }),
		"container.host_pid":     is(func(d *event.Details) *event.Fact { return &d.HostPID }),
		"container.host_network": is(func(d *event.Details) *event.Fact { return &d.HostNetwork }),
		"container.host_ipc":     is(func(d *event.Details) *event.Fact { return &d.HostIPC }),

		"container.mounts":          describeMounts,
		"container.label":           oneLabel(func(b *builder) *[]event.Label { return &b.details.Labels }),
		"container.labels":          allLabels(func(b *builder) *[]event.Label { return &b.details.Labels }),
		"container.duration":        describeContainerAge,
		"container.healthcheck":     describeProbe(func(d *event.Details) **event.Probe { return &d.Healthcheck }),
		"container.liveness_probe":  describeProbe(func(d *event.Details) **event.Probe { return &d.Liveness }),
		"container.readiness_probe": describeProbe(func(d *event.Details) **event.Probe { return &d.Readiness }),
	}
}

func podDescribers() map[string]describer {
	pod := func(set func(*event.Pod, string)) describer {
		return text(func(b *builder, s string) {
			set(b.inPod(), s)
		})
	}
	return map[string]describer{
		"k8s.pod.name":            pod(func(p *event.Pod, s string) { p.Name = s }),
		"k8s.ns.name":             pod(func(p *event.Pod, s string) { p.Namespace = s }),
		"k8s.pod.uid":             pod(func(p *event.Pod, s string) { p.UID = s }),
		"k8s.pod.sandbox_id":      pod(func(p *event.Pod, s string) { p.SandboxID = or(nonEmpty(p.SandboxID), s) }),
		"k8s.pod.full_sandbox_id": pod(func(p *event.Pod, s string) { p.SandboxID = s }),
		"k8s.pod.ip":              pod(func(p *event.Pod, s string) { p.IP = s }),
		"k8s.pod.cni.json":        pod(func(p *event.Pod, s string) { p.CNI = s }),
		"k8s.pod.label":           oneLabel(func(b *builder) *[]event.Label { return &b.inPod().Labels }),
		"k8s.pod.labels":          allLabels(func(b *builder) *[]event.Label { return &b.inPod().Labels }),
	}
}

// inside puts the process into a container, unless the test says that it is on
// the host.
func (b *builder) inside() {
	if b.place == unsaid {
		b.place = inContainer
	}
}

// inPod puts the process into a pod.
func (b *builder) inPod() *event.Pod {
	b.inside()
	b.details.Pod = &b.pod
	return &b.pod
}

// describeMounts takes a list of mounts as the field shows them, each of
// SOURCE:DESTINATION:MODE:WRITABLE:PROPAGATION, or one text with commas between.
// What follows the destination may be left out.
func describeMounts(b *builder, v value) {
	list, ok := v.words(",")
	if !ok {
		return
	}
	b.inside()
	var all []string
	for _, s := range list {
		m, ok := mountOf(s)
		if !ok {
			v.fail("is a list of SOURCE:DESTINATION, with :MODE:WRITABLE:PROPAGATION behind where that matters, not %q", cut(s))
			return
		}
		b.details.Mounts = append(b.details.Mounts, m)
		all = append(all, strings.Join([]string{m.Source, m.Destination, m.Mode, strconv.FormatBool(m.Writable), m.Propagation}, ":"))
	}
	b.expect(v, strings.Join(all, ","))
}

func mountOf(s string) (m event.Mount, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 5 || parts[0] == "" || !strings.HasPrefix(parts[1], "/") {
		return m, false
	}
	m = event.Mount{Source: parts[0], Destination: parts[1], Writable: true, Propagation: "rprivate"}
	if len(parts) > 2 {
		m.Mode = parts[2]
		m.Writable = !slices.Contains(strings.Split(m.Mode, ","), "ro")
	}
	if len(parts) > 3 {
		writable, err := strconv.ParseBool(parts[3])
		if err != nil {
			return m, false
		}
		m.Writable = writable
	}
	if len(parts) > 4 {
		m.Propagation = parts[4]
	}
	return m, true
}

func oneLabel(labels func(*builder) *[]event.Label) describer {
	return func(b *builder, v value) {
		if s, ok := v.text(); ok {
			b.inside()
			setLabel(labels(b), v.ref.Arg, s)
			b.expect(v, s)
		}
	}
}

// allLabels takes a mapping of names to values.
func allLabels(labels func(*builder) *[]event.Label) describer {
	return func(b *builder, v value) {
		b.inside()
		to := labels(b)
		for _, e := range v.l.mapping(v.node, v.ref.Name) {
			if s, ok := v.l.text(e.value, "a label of "+v.ref.Name); ok {
				setLabel(to, e.key, s)
			}
		}
	}
}

// setLabel keeps labels in the order of their names.
func setLabel(labels *[]event.Label, name, text string) {
	i, found := slices.BinarySearchFunc(*labels, name, func(l event.Label, name string) int { return strings.Compare(l.Name, name) })
	if found {
		(*labels)[i].Value = text
		return
	}
	*labels = slices.Insert(*labels, i, event.Label{Name: name, Value: text})
}

// describeContainerAge gives the container a start by the runtime's word.
func describeContainerAge(b *builder, v value) {
	if d, ok := v.duration(); ok {
		b.inside()
		b.containerAge = &d
		b.expect(v, strconv.FormatInt(d, 10))
	}
}

// describeProbe takes a command as a list, or a text whose words it is.
func describeProbe(probe func(*event.Details) **event.Probe) describer {
	return func(b *builder, v value) {
		words, ok := v.words(" ")
		if !ok {
			return
		}
		if len(words) == 0 {
			v.fail("is a command, which needs at least a program")
			return
		}
		b.inside()
		*probe(&b.details) = &event.Probe{Exe: words[0], Args: words[1:]}
		b.expect(v, strings.Join(words, " "))
	}
}

// orHost is for fields that have the value host outside containers.
func orHost(d describer) describer {
	return func(b *builder, v value) {
		if v.node.Value == "host" && b.place != inContainer {
			b.place = onHost
			b.expect(v, "host")
			return
		}
		d(b, v)
	}
}

// fillContainer completes what a test says of the container.
func (b *builder) fillContainer() *event.Container {
	c, d := b.container, &b.details
	switch {
	case c.ID == "" && c.FullID != "":
		c.ID = c.FullID[:min(len(c.FullID), len(ordinaryContainer))]
	case c.ID == "":
		c.ID = ordinaryContainer
	}
	if c.FullID == "" {
		c.FullID = c.ID + strings.Repeat("0", max(0, idLength-len(c.ID)))
	}
	if d.Type == "" {
		d.Type = ordinaryRuntime
	}
	switch {
	case d.Image == "" && d.ImageRepository != "":
		d.Image = d.ImageRepository
		if d.ImageTag != "" {
			d.Image += ":" + d.ImageTag
		}
	case d.Image != "" && d.ImageRepository == "":
		d.ImageRepository = d.Image
		name, _, _ := strings.Cut(d.Image, "@")
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			name, d.ImageTag = name[:i], or(nonEmpty(d.ImageTag), name[i+1:])
		}
		d.ImageRepository = name
	}
	for _, f := range []*event.Fact{&d.Privileged, &d.HostPID, &d.HostNetwork, &d.HostIPC} {
		if *f == event.Unknown {
			*f = event.No
		}
	}
	if b.containerAge != nil {
		d.Started = b.event.Time - *b.containerAge
	}
	c.Describe(d)
	c.SetReady()
	return c
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
