package live

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/test/runc"
)

const terminalShell = "Terminal shell in container"

// TestLiveTerminalShell is the main job: a shell opened in a container raises
// an alert that reads as Falco's do.
func TestLiveTerminalShell(t *testing.T) {
	g := start(t)
	quiet := runc.Start(t, runc.Options{NoTerminal: true})
	onHost, err := exec.Command("script", "-qec", "sh -c tty", "/dev/null").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(onHost), "/dev/pts/") {
		t.Fatalf("a shell on a terminal of the host printed %q (%v)", onHost, err)
	}
	c := runc.Start(t, runc.Options{})
	c.Await(t, "# ")
	a := g.await(t, "alert of "+terminalShell, func(a alert) bool {
		return a.Rule == terminalShell && a.text("container.id") == c.ID[:12]
	})
	checkLine(t, a)
	checkTime(t, a)
	checkFields(t, a, c.ID)

	second := c.Exec(t, "sh")
	second.Await(t, "# ")
	silent := quiet.ExecNoTerminal(t, "sh", "-c", "tty")
	silent.Wait(t)
	if got := silent.Output(); got != "not a tty\n" {
		t.Fatalf("a shell without a terminal printed %q", got)
	}
	g.settle(t)
	ours := g.find(func(a alert) bool { return a.text("container.id") == c.ID[:12] })
	if got := rulesOf(ours); !slices.Equal(got, []string{terminalShell, terminalShell}) {
		t.Errorf("two shells with a terminal raised %q", got)
	}
	for _, a := range g.find(func(a alert) bool { return a.text("container.id") == quiet.ID[:12] }) {
		t.Errorf("a shell without a terminal raised %s", a.raw)
	}
	for _, a := range g.find(func(a alert) bool { return a.Rule == terminalShell && a.text("container.id") == "host" }) {
		t.Errorf("a shell outside of containers raised %s", a.raw)
	}
}

func rulesOf(alerts []alert) []string {
	var names []string
	for _, a := range alerts {
		names = append(names, a.Rule)
	}
	return names
}

// checkLine looks at the line as it was printed: what reads it may rely on the
// order of the keys.
func checkLine(t *testing.T, a alert) {
	t.Helper()
	want := []string{"hostname", "output", "output_fields", "priority", "rule", "source", "tags", "time"}
	if diff := cmp.Diff(want, keys(t, a.raw)); diff != "" {
		t.Errorf("keys (-want +got):\n%s\n%s", diff, a.raw)
	}
	var line struct {
		Fields json.RawMessage `json:"output_fields"`
	}
	if err := json.Unmarshal([]byte(a.raw), &line); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, string(line.Fields)); !slices.IsSorted(got) {
		t.Errorf("output fields are not sorted: %q", got)
	}
	// As bytes, too: no blanks, integers without exponent, null for what does
	// not exist.
	for _, pattern := range []string{
		`^\{"hostname":"[^"]+","output":"\d\d:\d\d:\d\d\.\d{9}: Notice `, `"output_fields":\{"container\.id":"[0-9a-f]{12}",`,
		`"container\.image\.repository":null,`, `"evt\.time":\d{19},`, `"k8s\.ns\.name":null,"k8s\.pod\.name":null,`,
		`"proc\.tty":[1-9]\d*,`, `"user\.name":"root"`, `\},"priority":"Notice","rule":"Terminal shell in container","source":"syscall","tags":\[`,
		`\],"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"\}$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(a.raw) {
			t.Errorf("%s does not match the line:\n%s", pattern, a.raw)
		}
	}
}

// keys are the keys of a JSON object in their order.
func keys(t *testing.T, object string) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// checkTime compares the three times of an alert, and with the clock.
func checkTime(t *testing.T, a alert) {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.000000000Z", a.Time)
	if err != nil {
		t.Fatal(err)
	}
	number, ok := a.Fields["evt.time"].(json.Number)
	ns, err := number.Int64()
	if !ok || err != nil || ns != at.UnixNano() {
		t.Errorf("evt.time is %v, time is %s (%d)", a.Fields["evt.time"], a.Time, at.UnixNano())
	}
	if ago := time.Since(at); ago < 0 || ago > limit+10*time.Second {
		t.Errorf("the event is %v ago", ago)
	}
	if local := at.Local().Format("15:04:05.000000000: "); !strings.HasPrefix(a.Output, local) {
		t.Errorf("output does not begin with the local time of day %s: %s", local, a.Output)
	}
}

func checkFields(t *testing.T, a alert, id string) {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if a.Hostname != host || a.Priority != "Notice" || a.Source != "syscall" {
		t.Errorf("hostname %q, priority %q, source %q; want %q, Notice, syscall", a.Hostname, a.Priority, a.Source, host)
	}
	if want := []string{"T1059.004", "T1609", "container", "mitre_execution", "process", "shell"}; !slices.Equal(a.Tags, want) {
		t.Errorf("tags %q, want %q", a.Tags, want)
	}
	want := map[string]any{
		"container.id": id[:12], "container.image.repository": nil, "container.image.tag": nil,
		"k8s.ns.name": nil, "k8s.pod.name": nil,
		"proc.name": "sh", "proc.cmdline": "sh", "proc.exepath": "/bin/busybox", "user.name": "root", "user.uid": json.Number("0"),
		"evt.type": "execve",
	}
	got := map[string]any{}
	for name := range want {
		value, ok := a.Fields[name]
		if !ok {
			t.Errorf("no output field %s", name)
		}
		got[name] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("output fields (-want +got):\n%s", diff)
	}
	if tty, _ := a.Fields["proc.tty"].(json.Number).Int64(); tty == 0 {
		t.Errorf("proc.tty is %v", a.Fields["proc.tty"])
	}
	// The parent of a container's first process is gone at times: runc ends
	// once it has started it.
	if parent, ok := a.Fields["proc.pname"]; !ok || parent != nil && !strings.HasPrefix(parent.(string), "runc") {
		t.Errorf("proc.pname is %v", parent)
	}
}
