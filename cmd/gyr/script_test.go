package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gyrsec/gyr/config"
)

// The command runs in a process of its own, as users run it: the scripts in
// testdata/script call it as gyr.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"gyr": main}) }

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           condition,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"refuses": refuses},
	})
}

func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "configured": // the machine has a configuration of its own
		_, err := os.Stat(filepath.Dir(config.DefaultPath))
		return err == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// refuses runs gyr with the arguments and checks what all refusals have in
// common: exit code 1, nothing on stdout, one message on stderr that begins
// with "Error: ". What the message says, stderr checks afterwards.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! refuses")
	}
	err := ts.Exec("gyr", args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		ts.Fatalf("gyr %s: ended with %v, want exit status 1", strings.Join(args, " "), err)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout is %q, want nothing", out)
	}
	message := ts.ReadFile("stderr")
	if !strings.HasPrefix(message, "Error: ") || strings.Count(message, "Error:") != 1 || !strings.HasSuffix(message, "\n") {
		ts.Fatalf("stderr is not one message:\n%s", message)
	}
}
