// Package cluster starts a complete Kubernetes cluster of one node for tests:
// etcd, API server, controller manager, scheduler, kubelet, kube-proxy and
// containerd, the real programs. Only tests import it.
//
// It needs root and what `test/packages.sh e2e` installs; Kubernetes itself is
// built once by kubernetes/build. No image is pulled: tests bring theirs as
// archives.
//
// All of it runs in a mount and a network namespace of its own (Confine): its
// addresses, bridges, iptables rules and ports are apart from the machine's, its
// /run, /var/lib and /var/log are directories of the test, and no packet leaves
// the machine. So it works beside other container runtimes, and leaves no trace
// however it ends. The kernel is shared, and with it the control groups and what
// eBPF sees.
package cluster
