package container

import (
	"cmp"

	"github.com/gyrsec/gyr/event"
)

// merge is what a says, and what b says where a says nothing. Neither is
// changed.
func merge(a, b *event.Details) *event.Details {
	return &event.Details{
		Type:            cmp.Or(a.Type, b.Type),
		Name:            cmp.Or(a.Name, b.Name),
		Image:           cmp.Or(a.Image, b.Image),
		ImageRepository: cmp.Or(a.ImageRepository, b.ImageRepository),
		ImageTag:        cmp.Or(a.ImageTag, b.ImageTag),
		ImageDigest:     cmp.Or(a.ImageDigest, b.ImageDigest),
		ImageID:         cmp.Or(a.ImageID, b.ImageID),
		Privileged:      cmp.Or(a.Privileged, b.Privileged),
		HostPID:         cmp.Or(a.HostPID, b.HostPID),
		HostNetwork:     cmp.Or(a.HostNetwork, b.HostNetwork),
		HostIPC:         cmp.Or(a.HostIPC, b.HostIPC),
		Mounts:          some(a.Mounts, b.Mounts),
		Labels:          some(a.Labels, b.Labels),
		Created:         cmp.Or(a.Created, b.Created),
		Started:         cmp.Or(a.Started, b.Started),
		IP:              cmp.Or(a.IP, b.IP),
		CNI:             cmp.Or(a.CNI, b.CNI),
		Healthcheck:     cmp.Or(a.Healthcheck, b.Healthcheck),
		Liveness:        cmp.Or(a.Liveness, b.Liveness),
		Readiness:       cmp.Or(a.Readiness, b.Readiness),
		Pod:             mergePods(a.Pod, b.Pod),
		Sandbox:         a.Sandbox || b.Sandbox,
	}
}

func mergePods(a, b *event.Pod) *event.Pod {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return &event.Pod{
		Name:      cmp.Or(a.Name, b.Name),
		Namespace: cmp.Or(a.Namespace, b.Namespace),
		UID:       cmp.Or(a.UID, b.UID),
		SandboxID: cmp.Or(a.SandboxID, b.SandboxID),
		Labels:    some(a.Labels, b.Labels),
		IP:        cmp.Or(a.IP, b.IP),
		CNI:       cmp.Or(a.CNI, b.CNI),
	}
}

func some[T any](a, b []T) []T {
	if len(a) > 0 {
		return a
	}
	return b
}
