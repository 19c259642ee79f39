package cluster

import (
	"fmt"
	"os"
	"path/filepath"
)

// containerdConfig asks for nothing that a machine without CAP_SYS_RESOURCE
// cannot give: no oom_score_adj below its own. The arguments are the pause image
// and the directory of the network's configuration.
const containerdConfig = `version = 2
oom_score = 0
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = %q
`

// podNetwork is a bridge with an address for each pod. The firewall plugin lets
// its packets through where forwarding is dropped by default.
const podNetwork = `{
  "cniVersion": "0.4.0", "name": "pods", "plugins": [
    {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
     "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}},
    {"type": "firewall", "backend": "iptables"}
  ]
}
`

// startContainerd starts the container runtime, with its usual socket.
func (c *Cluster) startContainerd() error {
	networks, config := filepath.Join(c.dir, "cni"), filepath.Join(c.dir, "containerd.toml")
	if err := os.MkdirAll(networks, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(networks, "10-pods.conflist"), []byte(podNetwork), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(config, fmt.Appendf(nil, containerdConfig, pauseImage, networks), 0o644); err != nil {
		return err
	}
	d, err := c.start("containerd", "--config", config)
	if err != nil {
		return err
	}
	return d.await(readyLimit, func() error {
		_, err := c.Output("ctr", "version")
		return err
	})
}

// Import makes an image known to the kubelet. The archive is one as `docker save`
// writes it.
func (c *Cluster) Import(archive string) error {
	_, err := c.Output("ctr", "--namespace", "k8s.io", "images", "import", archive)
	return err
}
