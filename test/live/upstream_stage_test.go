package live

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/gyrsec/gyr/test/runc"
)

// upstreamStage is a stage with more in it: programs under the names that the
// rules know, a container with dangerous capabilities, a name server.
type upstreamStage struct {
	*stage
	capable *runc.Container
}

// sharedPrograms is a place in shared memory from which programs can be
// started.
const sharedPrograms = noexec + "/programs"

// actorDir has the programs, actorInside is where containers see them.
const (
	actorDir    = toolDir + "/actors"
	actorInside = "/opt/tools/actors"
)

// actorNames are the names under which the actor is found, busyboxNames those
// of programs that have to do their work.
var (
	actorNames = [...]string{
		"actor", "nginx", "redis-server", "sshd", "mysqld", "postgres", "ssh", "ssh-keygen", "curl", "wget", "nmap",
		"ncat", "nc", "socat", "shred", "mkfs", "crontab", "groupadd", "passwd", "rsync", "scp", "apt-get", "dpkg",
		"kubectl", "docker", "npm", "xmrig", "sudoedit", "sudo", "pkexec", "cat", "tail", "insmod", "bpftool", "nsenter",
		"java", "python3", "rpm", "rpmkeys", "kubelet", "uname", "httpd",
	}
	busyboxNames = [...]string{"tar", "base64", "true", "tee", "id"}
)

// dangerous are capabilities that no container should have.
var dangerous = [...]string{"CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_PTRACE"}

func newUpstreamStage(t *testing.T, m *marks) *upstreamStage {
	t.Helper()
	s := &upstreamStage{stage: newStage(t, m)}
	actor := build(t, "github.com/gyrsec/gyr/test/live/actor")
	prepared := make(chan bool)
	go func() {
		defer close(prepared)
		s.room.enter(t)
		if err := fillUpstream(actor); err != nil {
			t.Errorf("preparing the test's directories: %v", err)
			return
		}
		s.aged = startActorServer(t, "nginx", m.next())
		serveNames(t)
		// Connections have to succeed: the kernel forgets the port of others.
		if l, err := net.Listen("tcp", ":443"); err != nil {
			t.Errorf("serving in the room: %v", err)
		} else {
			t.Cleanup(func() { l.Close() })
		}
		o := s.options(m.own())
		o.Capabilities = dangerous[:]
		s.capable = runc.Start(t, o)
	}()
	<-prepared
	if t.Failed() {
		t.FailNow()
	}
	return s
}

// fillUpstream lays programs and files out that newRoom did not.
func fillUpstream(actor string) error {
	program, err := os.ReadFile(actor)
	if err != nil {
		return err
	}
	if err := write(0o755, map[string]string{actorDir + "/.actor": string(program)}); err != nil {
		return err
	}
	if err := write(0o755, map[string]string{sharedPrograms + "/.keep": ""}); err != nil {
		return err
	}
	if err := tmpfs(sharedPrograms, "mode=755", 0); err != nil { // not noexec, as what is above is
		return err
	}
	for _, name := range actorNames {
		if err := os.Link(actorDir+"/.actor", filepath.Join(actorDir, name)); err != nil {
			return err
		}
	}
	for _, name := range busyboxNames {
		if err := os.Link(toolDir+"/busybox", filepath.Join(actorDir, name)); err != nil {
			return err
		}
	}
	return write(0o644, map[string]string{
		"/home/u/.ssh/config.d/work": "Host *\n", "/home/u/.bashrc": "\n", "/home/u/.bash_history": "ls\n",
		"/mnt/liblzma.so.5.6.1": "\n", "/mnt/liblzma.so.5.6.2": "\n", "/mnt/plain": "text\n", "/etc/cron.d/job": "\n",
		"/etc/apt/sources.list": "\n",
	})
}

// startActorServer starts the actor under a name, to read files.
func startActorServer(t *testing.T, name, mark string) *serverProcess {
	t.Helper()
	return startProgram(t, mark, filepath.Join(actorDir, name), "serve")
}

// acts is a script on the host that finds the actors in $A.
func acts(script string, with ...companion) step {
	s := host("A="+actorDir+"\n"+script, with...)
	s.what = script
	return s
}

// actsInside is a script in a container that finds the actors in $A.
func actsInside(script string, with ...companion) step {
	s := inside("A="+actorInside+"\n"+script, with...)
	s.what = script + " (in a container)"
	return s
}

// actsCapable is actsInside in the container with dangerous capabilities.
func (s *upstreamStage) actsCapable(script string, with ...companion) step {
	do := func(t *testing.T, _ *stage, mark string) (string, int) {
		t.Helper()
		return s.runInside(t, s.capable, "A="+actorInside+"\n"+script, mark)
	}
	return step{what: script + " (in a container with dangerous capabilities)", do: do, with: with}
}
