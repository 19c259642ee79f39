package live

import (
	"bufio"
	"io"
	"os/exec"
	"testing"
	"time"
)

// serverAge is how long a server has to run before what it reads counts as
// read after its start.
const serverAge = 5 * time.Second

// serverProcess is a shell under the path of a server, that reads the files it
// is told to.
type serverProcess struct {
	mark    string
	started time.Time
	input   io.Writer
	answers *bufio.Reader
}

func startServer(t *testing.T, mark string) *serverProcess {
	t.Helper()
	return startProgram(t, mark, server, "-c", `while read -r file; do : <"$file"; echo "read $file"; done`)
}

// startProgram starts a program that reads the files it is told to.
func startProgram(t *testing.T, mark string, args ...string) *serverProcess {
	t.Helper()
	s := &serverProcess{mark: mark}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = environment(mark)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.input, s.answers, s.started = input, bufio.NewReader(output), time.Now()
	t.Cleanup(func() {
		input.Close()
		cmd.Wait()
	})
	return s
}

// read has the server read a file and returns what it says.
func (s *serverProcess) read(t *testing.T, file string) string {
	t.Helper()
	if _, err := io.WriteString(s.input, file+"\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := s.answers.ReadString('\n')
	if err != nil {
		t.Fatalf("reading %s: %v", file, err)
	}
	return answer
}
