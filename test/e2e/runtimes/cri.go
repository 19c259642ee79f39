package runtimes

import (
	"context"
	"fmt"
	"testing"
	"time"

	criapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Pod is a pod as a kubelet asks a CRI runtime for one.
type Pod struct {
	Name, Namespace, UID string
	Labels               map[string]string

	// ID is the sandbox's, set by RunPod.
	ID     string
	config *criapi.PodSandboxConfig
}

// Container is a container of a pod.
type Container struct {
	Name, Image string
	Args        []string
	Privileged  bool
	// Mounts are paths of the host, seen at the same paths below /host.
	Mounts []string
}

// kubeletLabels are those a kubelet gives to all that it makes of a pod.
func (p *Pod) kubeletLabels() map[string]string {
	labels := map[string]string{
		"io.kubernetes.pod.name": p.Name, "io.kubernetes.pod.namespace": p.Namespace, "io.kubernetes.pod.uid": p.UID,
	}
	for k, v := range p.Labels {
		labels[k] = v
	}
	return labels
}

// RunPod starts a pod in the network of the host.
func (c *Containerd) RunPod(ctx context.Context, t testing.TB, pod *Pod) error {
	// Not /kubepods itself: a kubelet of the machine's own kills what is in there and
	// not its own.
	const root = "/test"
	parent := root + "/kubepods/besteffort/pod" + pod.UID
	c.place.cgroups.own(parent, root+"/kubepods/besteffort", root+"/kubepods", root)
	pod.config = &criapi.PodSandboxConfig{
		Metadata:     &criapi.PodSandboxMetadata{Name: pod.Name, Namespace: pod.Namespace, Uid: pod.UID},
		LogDirectory: c.place.dir(t, "logs", pod.UID),
		Labels:       pod.kubeletLabels(),
		Linux: &criapi.LinuxPodSandboxConfig{
			CgroupParent: parent,
			SecurityContext: &criapi.LinuxSandboxSecurityContext{
				NamespaceOptions: &criapi.NamespaceOption{Network: criapi.NamespaceMode_NODE, Pid: criapi.NamespaceMode_CONTAINER},
				Privileged:       true, // its containers may be
			},
		},
	}
	made, err := c.CRI.RunPodSandbox(ctx, &criapi.RunPodSandboxRequest{Config: pod.config})
	if err != nil {
		return fmt.Errorf("running the pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	pod.ID = made.PodSandboxId
	return nil
}

// Run starts a container in a pod and returns its id.
func (c *Containerd) Run(ctx context.Context, pod *Pod, o Container) (string, error) {
	labels := pod.kubeletLabels()
	labels["io.kubernetes.container.name"] = o.Name
	config := &criapi.ContainerConfig{
		Metadata: &criapi.ContainerMetadata{Name: o.Name},
		Image:    &criapi.ImageSpec{Image: o.Image},
		Command:  o.Args,
		LogPath:  o.Name + ".log",
		Labels:   labels,
		Linux: &criapi.LinuxContainerConfig{SecurityContext: &criapi.LinuxContainerSecurityContext{
			Privileged:       o.Privileged,
			NamespaceOptions: pod.config.Linux.SecurityContext.NamespaceOptions,
		}},
	}
	for _, m := range o.Mounts {
		config.Mounts = append(config.Mounts, &criapi.Mount{HostPath: m, ContainerPath: "/host" + m, Readonly: true})
	}
	made, err := c.CRI.CreateContainer(ctx, &criapi.CreateContainerRequest{
		PodSandboxId: pod.ID, Config: config, SandboxConfig: pod.config,
	})
	if err != nil {
		return "", fmt.Errorf("creating the container %s of %s/%s: %w", o.Name, pod.Namespace, pod.Name, err)
	}
	if _, err := c.CRI.StartContainer(ctx, &criapi.StartContainerRequest{ContainerId: made.ContainerId}); err != nil {
		return made.ContainerId, fmt.Errorf("starting the container %s of %s/%s: %w", o.Name, pod.Namespace, pod.Name, err)
	}
	return made.ContainerId, nil
}

// Exec runs a program in a running container to its end.
func (c *Containerd) Exec(ctx context.Context, id string, args []string) error {
	answer, err := c.CRI.ExecSync(ctx, &criapi.ExecSyncRequest{ContainerId: id, Cmd: args, Timeout: int64(limit.Seconds())})
	if err != nil {
		return fmt.Errorf("running %q in the container %s: %w", args, id, err)
	}
	if answer.ExitCode != 0 {
		return fmt.Errorf("%q in the container %s ended with %d: %s", args, id, answer.ExitCode, answer.Stderr)
	}
	return nil
}

// Wait returns when a container has ended by itself.
func (c *Containerd) Wait(ctx context.Context, id string) error {
	for {
		answer, err := c.CRI.ContainerStatus(ctx, &criapi.ContainerStatusRequest{ContainerId: id})
		if err != nil {
			return fmt.Errorf("waiting for the container %s: %w", id, err)
		}
		if answer.GetStatus().GetState() == criapi.ContainerState_CONTAINER_EXITED {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the container %s: %w", id, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Remove kills a container and removes it.
func (c *Containerd) Remove(ctx context.Context, id string) error {
	return again(ctx, func() error {
		if _, err := c.CRI.StopContainer(ctx, &criapi.StopContainerRequest{ContainerId: id}); err != nil {
			return err
		}
		_, err := c.CRI.RemoveContainer(ctx, &criapi.RemoveContainerRequest{ContainerId: id})
		return err
	})
}

// RemovePod kills a pod with its containers and removes it.
func (c *Containerd) RemovePod(ctx context.Context, id string) error {
	return again(ctx, func() error {
		if _, err := c.CRI.StopPodSandbox(ctx, &criapi.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
			return err
		}
		_, err := c.CRI.RemovePodSandbox(ctx, &criapi.RemovePodSandboxRequest{PodSandboxId: id})
		return err
	})
}

// again calls do until it succeeds, as a kubelet would: containerd refuses to
// remove what is just ending.
func again(ctx context.Context, do func() error) error {
	const times = 50
	var err error
	for range times {
		if err = do(); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
