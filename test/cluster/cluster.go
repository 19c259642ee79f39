package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// readyLimit bounds how long a program may take until it serves. Seconds are
// usual; the rest is for a machine that is busy.
const readyLimit = 2 * time.Minute

// Cluster is a running Kubernetes cluster of one node.
type Cluster struct {
	// Node is the node's name.
	Node string

	dir     string // everything the cluster writes
	env     []string
	daemons []*daemon
}

// Start starts a cluster with the programs of Kubernetes in a directory, as
// kubernetes/build makes it, and returns when the node takes pods. It works in
// a confined test binary only.
func Start(programs string) (*Cluster, error) {
	dir := Dir()
	if dir == "" {
		return nil, errors.New("a cluster starts in a confined test binary only: call Confine in TestMain")
	}
	node, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	c := &Cluster{Node: strings.ToLower(node), dir: dir}
	c.env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"PATH", "HOME", "KUBECONFIG", confinedVariable}, name)
	}), "PATH="+programs+":"+os.Getenv("PATH")+":/usr/sbin:/sbin", "HOME="+filepath.Join(dir, "home"),
		"KUBECONFIG="+filepath.Join(c.pki(), "admin.conf"))
	if err := c.startAll(); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) startAll() error {
	conf, err := c.makeConfigs()
	if err != nil {
		return err
	}
	if err := c.startContainerd(); err != nil {
		return err
	}
	pause := filepath.Join(c.dir, "pause.tar")
	if err := c.writePauseImage(pause); err != nil {
		return err
	}
	if err := c.Import(pause); err != nil {
		return err
	}
	if err := c.startControlPlane(conf); err != nil {
		return err
	}
	return c.startNode(conf)
}

func (c *Cluster) start(name string, args ...string) (*daemon, error) {
	d, err := startDaemon(logDir(c.dir), c.env, name, args...)
	if err == nil {
		c.daemons = append(c.daemons, d)
	}
	return d, err
}

// Stop ends the cluster's programs, those started last first. Pods go on until
// the confined process ends.
func (c *Cluster) Stop() {
	for _, d := range slices.Backward(c.daemons) {
		d.kill()
	}
	c.daemons = nil
}

// Command makes a command in whose environment kubectl is the cluster's and
// speaks to it.
func (c *Cluster) Command(name string, args ...string) *exec.Cmd {
	program, err := lookPath(c.env, name)
	if err != nil {
		program = name // Start says that it is not there
	}
	cmd := exec.Command(program, args...)
	cmd.Args[0], cmd.Env = name, slices.Clone(c.env)
	return cmd
}

// Output is Run of a Command.
func (c *Cluster) Output(name string, args ...string) (string, error) {
	return Run(c.Command(name, args...))
}

// Kubectl is Output of kubectl.
func (c *Cluster) Kubectl(args ...string) (string, error) { return c.Output("kubectl", args...) }

// Apply makes the objects of a manifest.
func (c *Cluster) Apply(manifest string) error {
	cmd := c.Command("kubectl", "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(manifest)
	_, err := Run(cmd)
	return err
}

// Run runs a command and returns what it printed on its standard output; if it
// fails, the error has all it printed.
func Run(cmd *exec.Cmd) (string, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out.String(), errs.String())
	}
	return out.String(), nil
}
