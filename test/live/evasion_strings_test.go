package live

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// hostile is a name that would end a line and begin another, clear the screen,
// break out of JSON, is no UTF-8, and turns the direction of writing.
const hostile = "\nforged\x1b[2J\\\"\xff\xfe\r\u202e\u2028\u0085\x7f{}\n00:00:00.000000000: Critical forged"

// asShown is a text as JSON alerts hold it: bytes that are no UTF-8 are each U+FFFD.
func asShown(s string) string { return string([]rune(s)) }

// hostileAct is something done with the hostile name, and where it has to show.
type hostileAct struct {
	name, field, want string
	do                func(t *testing.T, mark string)
}

// command runs a program with a mark.
func command(t *testing.T, mark, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(environment(mark), "GYR_HOSTILE="+mark)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
}

const hostileDir = "/mnt/hostile"

func hostileActs() []hostileAct {
	const name = len("\nforged\x1b[2J\\\"\xff\xfe") // what fits the name of a process
	inFile := func(act func(t *testing.T, mark, file string)) func(t *testing.T, mark string) {
		return func(t *testing.T, mark string) {
			t.Helper()
			file := hostileDir + "/" + hostile
			if err := write(0o644, map[string]string{file: "x"}); err != nil {
				t.Fatal(err)
			}
			act(t, mark, file)
		}
	}
	return []hostileAct{
		{"file", "fd.name", hostileDir + "/" + hostile, inFile(func(t *testing.T, mark, file string) { command(t, mark, "/", "cat", file) })},
		{"relative file", "fd.nameraw", hostile, inFile(func(t *testing.T, mark, _ string) { command(t, mark, hostileDir, "cat", hostile) })},
		{"argument", "proc.args", hostile, func(t *testing.T, mark string) { command(t, mark, "/", toolDir+"/standin", hostile) }},
		{"argv[0]", "proc.exe", hostile, func(t *testing.T, mark string) {
			command(t, mark, "/", intruder, "exec-named", hostile, toolDir+"/standin")
		}},
		{"environment", "proc.env[GYR_HOSTILE]", hostile, func(t *testing.T, mark string) {
			cmd := exec.Command(toolDir + "/standin")
			cmd.Env = append(environment(mark), "GYR_HOSTILE="+hostile)
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
		}},
		{"program", "proc.exepath", "/opt/" + hostile, func(t *testing.T, mark string) {
			program, err := os.ReadFile(toolDir + "/standin")
			if err != nil {
				t.Fatal(err)
			}
			if err := write(0o755, map[string]string{"/opt/" + hostile: string(program)}); err != nil {
				t.Fatal(err)
			}
			command(t, mark, "/", "/opt/"+hostile)
		}},
		{"process", "proc.name", hostile[:name], func(t *testing.T, mark string) {
			command(t, mark, "/", intruder, "rename-self", hostile[:name], "/etc/passwd")
		}},
		{"memory file", "proc.exepath", "memfd:" + hostile, func(t *testing.T, mark string) {
			command(t, mark, "/", intruder, "exec-memory", toolDir+"/standin", hostile)
		}},
		{"directory", "proc.cwd", hostileDir + "/in" + hostile + "/", func(t *testing.T, mark string) {
			if err := os.MkdirAll(hostileDir+"/in"+hostile, 0o755); err != nil {
				t.Fatal(err)
			}
			command(t, mark, hostileDir+"/in"+hostile, toolDir+"/standin")
		}},
		{"socket", "fd.name", "", func(t *testing.T, mark string) {
			dir := runDir + "/s"
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			l, err := net.Listen("unix", dir+"/"+hostile)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			command(t, mark, "/", toolDir+"/standin", "connect", "unix", dir+"/"+hostile)
		}},
		{"nameless socket", "fd.name", "", func(t *testing.T, mark string) {
			command(t, mark, "/", toolDir+"/standin", "connect", "unix", "@"+hostile)
		}},
		{"symlink", "evt.arg.target", hostile, func(t *testing.T, mark string) {
			os.Remove(hostileDir + "/link")
			command(t, mark, "/", "ln", "-s", hostile, hostileDir+"/link")
		}},
		{"mount", "evt.arg.dev", hostile, func(t *testing.T, mark string) {
			command(t, mark, "/", "unshare", "-m", toolDir+"/busybox", "mount", "-t", "tmpfs", hostile, "/srv")
		}},
		{"control group", "thread.cgroups", "", inControlGroup},
	}
}

// inControlGroup starts a program in a control group whose name is hostile; the
// kernel allows all but line breaks in it.
func inControlGroup(t *testing.T, mark string) {
	t.Helper()
	// In the hierarchy for memory where there are several, else in the only one.
	group := "/sys/fs/cgroup"
	if _, err := os.Stat(group + "/cgroup.controllers"); err != nil {
		group += "/memory"
	}
	group = filepath.Join(group, strings.ReplaceAll(hostile, "\n", ""))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.Remove(group); err != nil {
			t.Error(err)
		}
	}()
	command(t, mark, group, "/bin/sh", "-c", "echo $$ >cgroup.procs; "+toolDir+"/standin")
}

// hostileRule raises an alert where the hostile name is in any of many fields.
func hostileRule() string {
	fields := []string{
		"fd.name", "fd.nameraw", "proc.args", "proc.exe", "proc.env[GYR_HOSTILE]", "proc.exepath", "proc.name", "proc.cwd",
		"evt.arg.target", "evt.arg.dev", "thread.cgroups",
	}
	var condition, output strings.Builder
	for i, f := range fields {
		if i > 0 {
			condition.WriteString(" or ")
		}
		fmt.Fprintf(&condition, "%s contains forged", f)
		fmt.Fprintf(&output, " f%d=%%%s", i, f)
	}
	return `
- rule: Hostile
  desc: The test uses a name that is meant to break alerts.
  condition: evt.type in (open, openat, openat2, connect, execve, symlink, symlinkat, mount) and (` + condition.String() + `)
  output: ` + allFields + output.String() + `
  priority: DEBUG
`
}

// TestLiveHostileStrings uses a name that is meant to break alerts wherever a
// program can put one. Alerts are valid JSON with the name in it; as text each is
// one line, in which nothing can be taken for anything else.
func TestLiveHostileStrings(t *testing.T) {
	m := newMarks()
	none := withoutDelivered(t)
	g := start(t, none, hostileRule())
	text := startText(t, none, hostileRule())
	s := newIntruderStage(t, m)
	raised := map[string]int{}
	for _, act := range hostileActs() {
		t.Run(act.name, func(t *testing.T) {
			s.room.enter(t)
			mark := m.next()
			act.do(t, mark)
			g.settle(t)
			found := g.find(func(a alert) bool { return a.Rule == "Hostile" && a.text(markField) == mark })
			raised[mark] = len(found)
			for _, a := range found {
				got := a.text(act.field)
				if got == asShown(act.want) || act.want == "" && strings.Contains(got, asShown(strings.ReplaceAll(hostile, "\n", ""))) ||
					act.want == "" && strings.Contains(got, asShown(hostile)) {
					return
				}
			}
			t.Errorf("none of %d alerts has %q as %s: %q", len(found), asShown(act.want), act.field, found)
		})
	}
	text.check(t, raised)
}

// textInstance is a gyr that writes its alerts as text.
type textInstance struct {
	out, sentinel string // files
}

// startText is start for a gyr that writes text.
func startText(t *testing.T, more ...string) *textInstance {
	t.Helper()
	dir := t.TempDir()
	g := &textInstance{filepath.Join(dir, "alerts"), filepath.Join(dir, "sentinel")}
	more = append(more, (&instance{sentinels: dir}).sentinel())
	args := append(aside(), "-c", configFile(t, "falco.yaml"), "-r", configFile(t, "falco_rules.yaml"), "-r", configFile(t, "falco_rules.local.yaml"), "-o", "log_level=warning")
	for i, text := range more {
		file := filepath.Join(dir, fmt.Sprintf("more%d.yaml", i))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-r", file)
	}
	cmd := exec.Command(build(t, "github.com/gyrsec/gyr/cmd/gyr"), args...)
	out, err := os.Create(g.out)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("gyr ended with %v after SIGTERM", err)
		}
	})
	g.await(t, "gyr: watching ")
	return g
}

// await waits until gyr has written something, and returns all it wrote.
func (g *textInstance) await(t *testing.T, text string) string {
	t.Helper()
	var content []byte
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		content, _ = os.ReadFile(g.out)
		if strings.Contains(string(content), text) {
			return string(content)
		}
	}
	t.Fatalf("gyr has not written %q after %v, but:\n%s", text, limit, content)
	return ""
}

// lines returns the alerts of everything before, and what gyr said itself.
func (g *textInstance) lines(t *testing.T) []string {
	t.Helper()
	if err := os.WriteFile(g.sentinel, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(g.await(t, "file="+g.sentinel+" "), "\n"), "\n")
}

// check looks whether every line is one alert and whether there are as many as in
// the other form.
func (g *textInstance) check(t *testing.T, raised map[string]int) {
	t.Helper()
	line := regexp.MustCompile(`^(\d\d:\d\d:\d\d\.\d{9}: Debug |gyr: )`)
	got := map[string]int{}
	for _, l := range g.lines(t) {
		if !line.MatchString(l) || !utf8.ValidString(l) || strings.ContainsFunc(l, obeyed) {
			t.Errorf("not the line of an alert: %q", l)
		}
		if _, mark, ok := strings.Cut(l, " mark="); ok && strings.Contains(l, "forged") {
			mark, _, _ = strings.Cut(mark, " ")
			got[mark]++
		}
	}
	for mark, n := range raised {
		if got[mark] != n {
			t.Errorf("%d alerts as JSON are %d lines of text", n, got[mark])
		}
	}
}

// obeyed reports whether terminals or readers of lines do something at a
// character instead of showing it.
func obeyed(r rune) bool {
	return r < ' ' || r >= 0x7F && r < 0xA0 || r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
