package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// confinedVariable names the directory of everything the cluster writes; it
// tells a test binary that it runs confined.
const confinedVariable = "GYR_CLUSTER_DIR"

// killLimit bounds how long killed processes may take to end.
const killLimit = 30 * time.Second

// Confine runs a test binary in namespaces of its own and returns its exit
// status; a TestMain calls it with what runs the tests. It starts the binary a
// second time, in which tests runs and a cluster can be started; the first waits
// for it, ends whatever it left running, and looks whether the machine is as it
// was. If it is not, that is reported on the standard error output and the status
// is not 0.
func Confine(tests func() int) int {
	if dir := os.Getenv(confinedVariable); dir != "" {
		if err := confine(dir); err != nil {
			fmt.Fprintln(os.Stderr, "confining the tests:", err)
			return 1
		}
		return tests()
	}
	status, err := supervise()
	if err != nil {
		fmt.Fprintln(os.Stderr, "running the tests confined:", err)
		return max(status, 1)
	}
	return status
}

// Dir is the directory of everything a confined test binary may leave behind; ""
// in any other.
func Dir() string { return os.Getenv(confinedVariable) }

func supervise() (status int, err error) {
	before, err := takeFootprint()
	if err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "gyr-cluster")
	if err != nil {
		return 1, err
	}
	// Users of containers look into it: nobody else's data is there.
	if err := os.Chmod(dir, 0o755); err != nil {
		return 1, err
	}
	if err := makeGroups(groupName(dir)); err != nil {
		return 1, err
	}
	status, spaces, err := runConfined(dir)
	if err != nil {
		return 1, errors.Join(err, removeGroups(groupName(dir), killLimit))
	}
	defer spaces.close()
	if err := endProcesses(spaces, groupName(dir), killLimit); err != nil {
		return 1, err
	}
	if err := removeGroups(groupName(dir), killLimit); err != nil {
		return 1, err
	}
	if status != 0 {
		keepLogs(dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return 1, err
	}
	after, err := takeFootprint()
	if err != nil {
		return 1, err
	}
	if left := before.difference(after); left != "" {
		return 1, fmt.Errorf("the machine is not as it was before (- before, + after):\n%s", left)
	}
	return status, nil
}

// runConfined runs the binary again and returns its exit status and the
// namespaces it was in.
func runConfined(dir string) (int, namespaces, error) {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o1777); err != nil {
		return 1, namespaces{}, err
	}
	cmd.Env = append(os.Environ(), confinedVariable+"="+dir, "TMPDIR="+temporary)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		Pdeathsig:    syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, namespaces{}, fmt.Errorf("starting the tests in namespaces of their own (this needs root): %w", err)
	}
	spaces, err := namespacesOf(cmd.Process.Pid)
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return 1, namespaces{}, err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	for {
		select {
		case s := <-signals:
			cmd.Process.Signal(s)
		case <-ended:
			if code := cmd.ProcessState.ExitCode(); code >= 0 {
				return code, spaces, nil
			}
			fmt.Fprintln(os.Stderr, "the tests ended with", cmd.ProcessState)
			return 1, spaces, nil
		}
	}
}

// keepLogs moves the logs of a run that failed to where they outlive it.
func keepLogs(dir string) {
	cache := os.Getenv("GYR_CACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return
		}
		cache = filepath.Join(home, ".cache/gyr")
	}
	kept := filepath.Join(cache, "cluster-logs")
	os.RemoveAll(kept)
	if err := os.CopyFS(kept, os.DirFS(logDir(dir))); err == nil {
		fmt.Fprintln(os.Stderr, "the logs of the cluster's programs are kept in", kept)
	}
}

func logDir(dir string) string { return filepath.Join(dir, "logs") }
