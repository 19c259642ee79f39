package engine

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/distribution/reference"
	"github.com/gyrsec/gyr/event"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// criInfo is what is of use of the "info" with which runtimes answer beyond the
// interface. Its form is each runtime's own, so all of it may be missing.
type criInfo struct {
	SandboxID   string          `json:"sandboxID"`
	Privileged  *bool           `json:"privileged"` // CRI-O
	Image       string          `json:"image"`      // containerd, of a sandbox
	CNIResult   json.RawMessage `json:"cniResult"`  // containerd, of a sandbox
	RuntimeSpec *ociSpec        `json:"runtimeSpec"`
	// Config is what the kubelet asked for (containerd).
	Config struct {
		Image struct {
			Image string `json:"image"`
			Asked string `json:"user_specified_image"` // by whoever wrote the pod; from Kubernetes 1.28 on
		} `json:"image"`
		Linux struct {
			SecurityContext *struct {
				Privileged       bool `json:"privileged"`
				NamespaceOptions *struct {
					PID json.RawMessage `json:"pid"` // a number, or its name
				} `json:"namespace_options"`
			} `json:"security_context"`
		} `json:"linux"`
	} `json:"config"`
}

// parseCRIInfo reads the info. What has another form than is known is taken as
// absent, except for the pod it belongs to: the interface promises nothing.
func parseCRIInfo(info map[string]string) *criInfo {
	var i criInfo
	if json.Unmarshal([]byte(info["info"]), &i) != nil {
		return &criInfo{SandboxID: i.SandboxID}
	}
	return &i
}

// privileged tells whether the kubelet asked for a privileged container.
func (i *criInfo) privileged() event.Fact {
	switch {
	case i.Privileged != nil:
		return event.FactOf(*i.Privileged)
	case i.Config.Linux.SecurityContext != nil:
		return event.FactOf(i.Config.Linux.SecurityContext.Privileged)
	case i.RuntimeSpec != nil:
		return i.RuntimeSpec.privileged()
	}
	return event.Unknown
}

// describeStatus describes a container without its pod's share.
func describeStatus(s *runtimeapi.ContainerStatus, info *criInfo, runtime string) *event.Details {
	d := &event.Details{
		Type:       runtime,
		Name:       s.GetLabels()[labelContainerName],
		Labels:     sortedLabels(s.GetLabels()),
		Created:    s.GetCreatedAt(),
		Started:    s.GetStartedAt(),
		Privileged: info.privileged(),
		Pod:        podOf(s.GetLabels()),
	}
	if d.Name == "" {
		d.Name = s.GetMetadata().GetName()
	}
	for _, m := range s.GetMounts() {
		d.Mounts = append(d.Mounts, event.Mount{
			Source: m.GetHostPath(), Destination: m.GetContainerPath(),
			Propagation: criPropagation(m.GetPropagation()), Writable: !m.GetReadonly(),
		})
	}
	if sc := info.Config.Linux.SecurityContext; sc != nil && sc.NamespaceOptions != nil {
		mode := string(sc.NamespaceOptions.PID)
		d.HostPID = event.FactOf(mode == "2" || mode == `"NODE"`)
	}
	setImage(d, askedImage(s, info, runtime))
	return d
}

// askedImage is the image as it was asked for. The status names the image that
// was found, by the first of its names: of several names of the same content not
// always the one that was meant. The kubelet asks by id, but passes on what the
// pod says.
func askedImage(s *runtimeapi.ContainerStatus, info *criInfo, runtime string) string {
	found := s.GetImage().GetImage()
	if found == "" {
		// CRI-O may say nothing else.
		found = s.GetImageRef()
	}
	asked := info.Config.Image.Asked
	if asked == "" {
		asked = s.GetImage().GetUserSpecifiedImage()
	}
	if asked == "" {
		asked = info.Config.Image.Image
	}
	if _, isID := imageID(asked); asked == "" || isID {
		return found
	}
	if runtime != typeContainerd {
		// A short name means what registries.conf says; the runtime has resolved it.
		if _, isID := imageID(found); found != "" && !isID {
			return found
		}
		return asked
	}
	// containerd knows an image by its full name.
	named, err := reference.ParseNormalizedNamed(asked)
	if err != nil {
		return found
	}
	return reference.TagNameOnly(named).String()
}

func criPropagation(p runtimeapi.MountPropagation) string {
	switch p {
	case runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER:
		return "rslave"
	case runtimeapi.MountPropagation_PROPAGATION_BIDIRECTIONAL:
		return "rshared"
	}
	return "rprivate"
}

// imageIDs are what the runtime and the image's repository call it.
type imageIDs struct{ id, digest string }

// addImageIDs adds the image's id and digest. The status has one of them, and
// which one depends on the runtime and its version; the other is asked for once
// an image.
func (c *CRI) addImageIDs(ctx context.Context, d *event.Details, s *runtimeapi.ContainerStatus) {
	ref := s.GetImageRef()
	if id, ok := imageID(s.GetImageId()); ok {
		d.ImageID = id
	} else if id, ok := imageID(ref); ok {
		d.ImageID = id
	}
	if _, digest, ok := strings.Cut(ref, "@"); ok {
		d.ImageDigest = digest
	}
	if d.ImageID != "" && d.ImageDigest != "" || ref == "" {
		return
	}
	key := ref + " " + d.ImageRepository
	ids, ok := c.imageIDs.get(key)
	if !ok {
		answer, err := c.images.ImageStatus(ctx, &runtimeapi.ImageStatusRequest{Image: &runtimeapi.ImageSpec{Image: ref}})
		if err != nil || answer.GetImage() == nil {
			// Two fields less; the rest is worth more than a new try.
			return
		}
		ids.id, _ = imageID(answer.GetImage().GetId())
		for _, name := range answer.GetImage().GetRepoDigests() {
			repository, digest, _ := strings.Cut(name, "@")
			// One content may have been pulled from several repositories.
			if ids.digest == "" || sameRepository(repository, d.ImageRepository) {
				ids.digest = digest
			}
		}
		c.imageIDs.put(key, ids)
	}
	if d.ImageID == "" {
		d.ImageID = ids.id
	}
	if d.ImageDigest == "" {
		d.ImageDigest = ids.digest
	}
}
