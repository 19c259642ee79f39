package cluster

import (
	"crypto/x509/pkix"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// serviceAddress is the API server's address for pods, the first of the services'.
const (
	serviceNetwork = "10.96.0.0/16"
	serviceAddress = "10.96.0.1"
)

// kubeletConfig has no eviction and no collection of images to speak of: a full
// disk of the machine is not what is tested, and images could not be pulled
// again. A changed ConfigMap arrives in pods at once, and not after a minute.
const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /%[3]s
failCgroupV1: false
failSwapOn: false
syncFrequency: 2s
oomScoreAdj: 0
maxOpenFiles: 20000
enforceNodeAllocatable: [pods]
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: %[1]s/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: %[1]s/kubelet-server.crt
tlsPrivateKeyFile: %[1]s/kubelet-server.key
resolvConf: /etc/resolv.conf
volumePluginDir: %[2]s
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 100Mi, nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.available: "0%%"}
`

// configs are the kubeconfig files of the cluster's programs and of the
// administrator.
type configs struct{ admin, manager, scheduler, proxy, kubelet string }

// makeConfigs writes certificates and kubeconfigs.
func (c *Cluster) makeConfigs() (configs, error) {
	ca, err := newAuthority(c.pki())
	if err != nil {
		return configs{}, err
	}
	node := pkix.Name{Organization: []string{"system:nodes"}, CommonName: "system:node:" + c.Node}
	masters := []string{"system:masters"}
	servers := []struct {
		name    string
		subject pkix.Name
		hosts   []string
	}{
		{"apiserver", pkix.Name{CommonName: "kube-apiserver"}, []string{
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", "127.0.0.1", serviceAddress, nodeAddress,
		}},
		{"apiserver-kubelet-client", pkix.Name{Organization: masters, CommonName: "kube-apiserver-kubelet-client"}, nil},
		{"kubelet-server", node, []string{c.Node, nodeAddress, "127.0.0.1"}},
		{"service-account", pkix.Name{CommonName: "service-accounts"}, nil},
	}
	for _, s := range servers {
		if _, err := ca.sign(s.name, s.subject, s.hosts...); err != nil {
			return configs{}, err
		}
	}
	var made configs
	for _, user := range []struct {
		file    *string
		name    string
		subject pkix.Name
	}{
		{&made.admin, "admin", pkix.Name{Organization: masters, CommonName: "kubernetes-admin"}},
		{&made.manager, "controller-manager", pkix.Name{CommonName: "system:kube-controller-manager"}},
		{&made.scheduler, "scheduler", pkix.Name{CommonName: "system:kube-scheduler"}},
		{&made.proxy, "proxy", pkix.Name{CommonName: "system:kube-proxy"}},
		{&made.kubelet, "kubelet", node},
	} {
		if *user.file, err = ca.kubeconfig(user.name, user.subject); err != nil {
			return configs{}, err
		}
	}
	return made, nil
}

// startControlPlane starts what a cluster has once: etcd, the API server, and
// what acts on what is in it.
func (c *Cluster) startControlPlane(conf configs) error {
	const client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
	etcd, err := c.start("etcd", "--name=node", "--data-dir="+filepath.Join(c.dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=node="+peer)
	if err != nil {
		return err
	}
	if err := etcd.await(readyLimit, healthy(client+"/health")); err != nil {
		return err
	}
	pki := c.pki()
	api, err := c.start("kube-apiserver", "--etcd-servers="+client, "--secure-port=6443", "--advertise-address="+nodeAddress,
		"--tls-cert-file="+pki+"/apiserver.crt", "--tls-private-key-file="+pki+"/apiserver.key", "--client-ca-file="+pki+"/ca.crt",
		"--kubelet-client-certificate="+pki+"/apiserver-kubelet-client.crt", "--kubelet-client-key="+pki+"/apiserver-kubelet-client.key",
		"--kubelet-certificate-authority="+pki+"/ca.crt", "--kubelet-preferred-address-types=InternalIP,Hostname",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+pki+"/service-account.pub",
		"--service-account-signing-key-file="+pki+"/service-account.key", "--service-cluster-ip-range="+serviceNetwork,
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true")
	if err != nil {
		return err
	}
	if err := api.await(readyLimit, func() error {
		_, err := c.Kubectl("get", "--raw", "/readyz")
		return err
	}); err != nil {
		return err
	}
	if _, err := c.start("kube-controller-manager", "--kubeconfig="+conf.manager, "--authentication-kubeconfig="+conf.manager,
		"--authorization-kubeconfig="+conf.manager, "--root-ca-file="+pki+"/ca.crt", "--bind-address=127.0.0.1",
		"--service-account-private-key-file="+pki+"/service-account.key", "--use-service-account-credentials=true",
		"--leader-elect=false", "--flex-volume-plugin-dir="+c.volumePlugins()); err != nil {
		return err
	}
	_, err = c.start("kube-scheduler", "--kubeconfig="+conf.scheduler, "--authentication-kubeconfig="+conf.scheduler,
		"--authorization-kubeconfig="+conf.scheduler, "--leader-elect=false", "--bind-address=127.0.0.1")
	return err
}

// startNode starts what every node has.
func (c *Cluster) startNode(conf configs) error {
	config := filepath.Join(c.dir, "kubelet.yaml")
	text := fmt.Appendf(nil, kubeletConfig, c.pki(), c.volumePlugins(), groupName(c.dir))
	if err := os.WriteFile(config, text, 0o644); err != nil {
		return err
	}
	kubelet, err := c.start("kubelet", "--config="+config, "--kubeconfig="+conf.kubelet, "--node-ip="+nodeAddress,
		"--hostname-override="+c.Node)
	if err != nil {
		return err
	}
	// conntrack's limit is the machine's.
	if _, err := c.start("kube-proxy", "--kubeconfig="+conf.proxy, "--proxy-mode=iptables", "--cluster-cidr=10.244.0.0/16",
		"--hostname-override="+c.Node, "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0",
		"--conntrack-tcp-timeout-close-wait=0"); err != nil {
		return err
	}
	return kubelet.await(readyLimit, func() error {
		if _, err := c.Kubectl("wait", "--for=condition=Ready", "node/"+c.Node, "--timeout=1s"); err != nil {
			return err
		}
		// Pods are refused until the controller manager has made it.
		_, err := c.Kubectl("get", "serviceaccount/default")
		return err
	})
}

func (c *Cluster) pki() string { return filepath.Join(c.dir, "pki") }

// volumePlugins is a directory of none, where the kubelet and the controller
// manager would make one in /usr.
func (c *Cluster) volumePlugins() string { return filepath.Join(c.dir, "volume-plugins") }

// healthy asks a server whether it is.
func healthy(url string) func() error {
	client := http.Client{Timeout: time.Second}
	return func() error {
		r, err := client.Get(url)
		if err != nil {
			return err
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, r.Status)
		}
		return nil
	}
}
