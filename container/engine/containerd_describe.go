package engine

import (
	"context"
	"strings"

	"github.com/containerd/containerd/api/services/containers/v1"
	"github.com/containerd/containerd/api/services/images/v1"
	"github.com/gyrsec/gyr/event"
)

// describe says what containerd itself keeps of a container; ctx names its
// namespace.
func (c *Containerd) describe(ctx context.Context, of *containers.Container) (*event.Details, error) {
	d := &event.Details{
		Type:   typeContainerd,
		Name:   of.GetLabels()["nerdctl/name"],
		Labels: sortedLabels(of.GetLabels()),
	}
	if at := of.GetCreatedAt(); at != nil {
		d.Created = at.AsTime().UnixNano()
	}
	spec, err := parseSpec(of.GetSpec().GetValue())
	if err != nil {
		// Another kind of runtime may have another kind of configuration.
		spec = &ociSpec{}
	}
	inPod := describeCRI(d, spec.Annotations)
	spec.describe(d)
	if inPod {
		if err := c.addPod(ctx, d, of); err != nil {
			return nil, err
		}
	}
	if d.Name == "" {
		d.Name = of.GetID()
	}
	if image := of.GetImage(); image != "" {
		setImage(d, image)
		c.addImageDigest(ctx, d, image)
	}
	return d, nil
}

// addPod adds what only the record of the pod's sandbox says.
func (c *Containerd) addPod(ctx context.Context, d *event.Details, of *containers.Container) error {
	labels, spec := of.GetLabels(), of.GetSpec().GetValue()
	if !d.Sandbox {
		answer, err := c.containers.Get(ctx, &containers.GetContainerRequest{ID: d.Pod.SandboxID})
		if notFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		labels, spec = answer.GetContainer().GetLabels(), answer.GetContainer().GetSpec().GetValue()
	}
	d.Pod.Labels = sortedLabels(withoutContainerd(labels))
	if parsed, err := parseSpec(spec); err == nil {
		parsed.hostNamespaces(d)
	}
	return nil
}

// withoutContainerd leaves out labels that containerd adds to a pod's own.
func withoutContainerd(labels map[string]string) map[string]string {
	own := make(map[string]string, len(labels))
	for name, value := range labels {
		if !strings.HasPrefix(name, "io.cri-containerd.") && !strings.HasPrefix(name, "io.containerd.") {
			own[name] = value
		}
	}
	return own
}

// addImageDigest looks up the image's digest. An image that is gone, or that
// cannot be looked up now, costs this field alone.
func (c *Containerd) addImageDigest(ctx context.Context, d *event.Details, image string) {
	answer, err := c.images.Get(ctx, &images.GetImageRequest{Name: image})
	if err == nil && d.ImageDigest == "" {
		d.ImageDigest = answer.GetImage().GetTarget().GetDigest()
	}
}
