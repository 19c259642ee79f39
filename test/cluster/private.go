package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// nodeAddress is the node's address in its own network namespace.
const nodeAddress = "10.10.0.1"

// privateDirs are the directories of which the confined processes see their own:
// where container runtimes and Kubernetes keep what they know.
var privateDirs = []string{"/run", "/var/lib", "/var/log"}

// settings are what the kubelet wants of the kernel. It finds it in files laid
// over the kernel's, so that it leaves the kernel's own alone.
var settings = map[string]string{
	"/proc/sys/vm/overcommit_memory":      "1",
	"/proc/sys/vm/panic_on_oom":           "0",
	"/proc/sys/kernel/panic":              "10",
	"/proc/sys/kernel/panic_on_oops":      "1",
	"/proc/sys/kernel/keys/root_maxkeys":  "1000000",
	"/proc/sys/kernel/keys/root_maxbytes": "25000000",
}

// confine makes the namespaces this process is in a node's. Nobody else is in
// them yet.
func confine(dir string) error {
	// The kubelet passes mounts on to containers; nothing gets out of the namespace.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, ""); err != nil {
		return fmt.Errorf("sharing mounts within the namespace: %w", err)
	}
	for _, d := range privateDirs {
		own := filepath.Join(dir, d)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		if err := bind(own, d); err != nil {
			return err
		}
	}
	for file, value := range settings {
		own := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(own, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := bind(own, file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return network()
}

func bind(from, to string) error {
	if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting %s at %s: %w", from, to, err)
	}
	return nil
}

// network gives the namespace a loopback device and a network card, of which the
// other end is nowhere.
func network() error {
	for _, command := range []string{
		"link set lo up",
		"link add node0 type veth peer name nowhere0",
		"link set node0 up",
		"link set nowhere0 up",
		"address add " + nodeAddress + "/24 dev node0",
		"route add default dev node0",
	} {
		if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", command, err, out)
		}
	}
	// Pods on the bridge are reached at services' addresses only if iptables sees
	// what crosses it. Where there is no such file it is not a module's to say.
	for _, file := range []string{"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/bridge/bridge-nf-call-iptables"} {
		if err := os.WriteFile(file, []byte("1"), 0o644); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
