package kubernetes

import (
	"fmt"
	"os"
	"testing"

	"github.com/gyrsec/gyr/test/cluster"
)

// Variables by which `make e2e-kubernetes` says what to do.
const (
	// gateVariable is "kubernetes" where a cluster may be started.
	gateVariable = "GYR_E2E"
	// programsVariable names the directory of Kubernetes' programs.
	programsVariable = "GYR_E2E_KUBERNETES"
	// imageVariable names the archive of Gyr's image.
	imageVariable = "GYR_E2E_IMAGE"
)

// node is the cluster all tests share, nil where none may be started.
var node *cluster.Cluster

func TestMain(m *testing.M) {
	if os.Getenv(gateVariable) != "kubernetes" {
		os.Exit(m.Run())
	}
	os.Exit(cluster.Confine(func() int {
		c, err := cluster.Start(os.Getenv(programsVariable))
		if err != nil {
			fmt.Fprintln(os.Stderr, "starting the cluster:", err)
			return 1
		}
		defer c.Stop()
		if err := importImages(c, os.Getenv(imageVariable)); err != nil {
			fmt.Fprintln(os.Stderr, "importing images:", err)
			return 1
		}
		node = c
		return m.Run()
	}))
}

// require returns the cluster, or skips the test.
func require(t *testing.T) *cluster.Cluster {
	t.Helper()
	if node == nil {
		t.Skipf("needs a cluster: make e2e-kubernetes starts one (%s=kubernetes)", gateVariable)
	}
	return node
}
