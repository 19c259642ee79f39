// Nores stands before an OCI runtime on a machine whose root may not do all
// that root may do elsewhere: in many virtual machines and in containers root
// lacks CAP_SYS_RESOURCE. There runc and crun cannot start a privileged container
// (they would have to grant a capability they do not have), nor raise a hard
// limit, nor lower an oom_score_adj. Nores takes these three out of what is asked
// for, and becomes the runtime. Where root lacks nothing, it changes nothing.
//
// It is found by the runtime's name in its own: as runc-nores it becomes runc,
// as crun-nores crun.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "nores:", err)
		os.Exit(1)
	}
}

// run returns only where it fails.
func run(args []string) error {
	name, ok := strings.CutSuffix(filepath.Base(args[0]), "-nores")
	if !ok {
		return fmt.Errorf("called as %s: link it as runc-nores or crun-nores", args[0])
	}
	runtime, err := find(name)
	if err != nil {
		return err
	}
	here, err := readMachine()
	if err != nil {
		return err
	}
	if file, process, ok := asked(args[1:]); ok {
		if err := rewrite(file, process, here); err != nil {
			return err
		}
	}
	return syscall.Exec(runtime, append([]string{runtime}, args[1:]...), os.Environ())
}

// find looks a runtime up also where Debian puts it: its caller may have no
// PATH at all.
func find(name string) (string, error) {
	if file, err := exec.LookPath(name); err == nil {
		return file, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"} {
		if file := filepath.Join(dir, name); exec.Command(file).Err == nil {
			if _, err := os.Stat(file); err == nil {
				return file, nil
			}
		}
	}
	return "", fmt.Errorf("there is no %s: install it", name)
}

// asked finds the file that says what the runtime is to start: a bundle's
// configuration, or (process) the description of one more process in it.
func asked(args []string) (file string, process, ok bool) {
	switch {
	case slices.Contains(args, "create"), slices.Contains(args, "run"):
		return filepath.Join(option(args, "--bundle", "-b"), "config.json"), false, true
	case slices.Contains(args, "exec"):
		file = option(args, "--process", "-p")
		return file, true, file != ""
	}
	return "", false, false
}

// option is the value of an option that is given by one of these names.
func option(args []string, names ...string) string {
	for i, a := range args {
		for _, n := range names {
			if v, ok := strings.CutPrefix(a, n+"="); ok {
				return v
			}
			if a == n && i+1 < len(args) {
				return args[i+1]
			}
		}
	}
	return ""
}

// rewrite changes a file to what the machine can grant. A file that is not
// there is the runtime's to complain of.
func rewrite(file string, process bool, here machine) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	changed, err := grantable(text, process, here)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	// Whole or not at all: the runtime's caller may read it, too.
	next := file + ".nores"
	if err := os.WriteFile(next, changed, info.Mode()); err != nil {
		return err
	}
	return os.Rename(next, file)
}

// grantable is a configuration (or the description of a process) without what
// the machine cannot grant.
func grantable(text []byte, process bool, here machine) ([]byte, error) {
	var all map[string]any
	// Numbers stay as they are written: a limit may be 2^64-1.
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	p := all
	if !process {
		p, _ = all["process"].(map[string]any)
	}
	if p != nil {
		here.limit(p)
	}
	return json.Marshal(all)
}
