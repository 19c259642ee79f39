package alert

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
)

// eventTime is 17:48:58.590038385 UTC on a day of 2019.
const eventTime = 1574876938590038385

const terminalShell = `
- rule: Terminal shell in container
  desc: A shell with a terminal was started in a container.
  condition: evt.type = execve and container.id != host and proc.tty != 0
  output: >
    A shell was spawned in a container with an attached terminal (user=%user.name shell=%proc.name parent=%proc.pname
    cmdline=%proc.cmdline terminal=%proc.tty)
  priority: NOTICE
  tags: [shell, container, mitre_execution]
`

// ruleOf loads one rule; output replaces %OUT% in it.
func ruleOf(t *testing.T, text string) *rules.Rule {
	t.Helper()
	set, err := rules.Load([]rules.Source{{Name: "f", Data: []byte(text)}}, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set.Rules[0]
}

// withOutput is a rule that only prints.
func withOutput(t *testing.T, output string) *rules.Rule {
	t.Helper()
	r := ruleOf(t, "- rule: r\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: warning\n")
	r.Output, r.Template = output, nil
	return r
}

// shell is the start of bash in a container whose metadata is not known; its
// parent is gone.
func shell() *event.Event {
	p := &event.Process{
		PID: 4711, Name: "bash", Exe: "bash", ExePath: "/bin/bash", Cmdline: "bash ", TTY: 34816,
		Container: &event.Container{ID: "e62f8b1f2d8a", FullID: "e62f8b1f2d8a"},
	}
	event.NewTask(p, 0, nil)
	return &event.Event{Num: 1, Time: eventTime, Type: event.Execve, TID: 4711, Process: p}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got+"\n"); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func newFormatter(t *testing.T, r *rules.Rule, opts Options) *Formatter {
	t.Helper()
	f, err := NewFormatter(r, opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTerminalShell(t *testing.T) {
	r := ruleOf(t, terminalShell)
	opts := DefaultOptions()
	opts.Hostname, opts.Location = "node-1", time.FixedZone("", 2*60*60)
	a := newFormatter(t, r, opts).Make(shell())
	golden(t, "terminal_shell.txt", string(a.AppendText(nil)))
	golden(t, "terminal_shell.json", string(a.AppendJSON(nil)))

	opts.ISOTime, opts.IncludeMessage, opts.Append = true, true, nil
	a = newFormatter(t, r, opts).Make(shell())
	golden(t, "terminal_shell_iso.txt", string(a.AppendText(nil)))
	golden(t, "terminal_shell_iso.json", string(a.AppendJSON(nil)))
}

func TestSwitches(t *testing.T) {
	r := withOutput(t, "o %proc.pid")
	r.Tags = []string{"z", "a"}
	const rest = `"priority":"Warning","rule":"r","source":"syscall"`
	const time = `"time":"2019-11-27T17:48:58.590038385Z"`
	tests := []struct {
		name string
		opts Options
		want string
	}{
		{"none", Options{}, `{"hostname":"",` + rest + `,` + time + `}`},
		{"output", Options{IncludeOutput: true}, `{"hostname":"","output":"17:48:58.590038385: Warning o 4711",` + rest + `,` + time + `}`},
		{"message", Options{IncludeMessage: true}, `{"hostname":"","message":"o 4711",` + rest + `,` + time + `}`},
		{"fields", Options{IncludeFields: true}, `{"hostname":"","output_fields":{"evt.time":1574876938590038385,"proc.pid":4711},` + rest + `,` + time + `}`},
		{"tags", Options{IncludeTags: true, Hostname: `h"`}, `{"hostname":"h\"",` + rest + `,"tags":["a","z"],` + time + `}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Location = utc()
			got := string(newFormatter(t, r, tt.opts).Make(shell()).AppendJSON(nil))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func utc() *time.Location { return time.UTC }

func TestMessage(t *testing.T) {
	tests := []struct{ output, want string }{
		{"", ""},
		{"no field", "no field"},
		{"%proc.name", "bash"},
		{"[%8proc.name]", "[bash    ]"},
		{"[%2proc.name]", "[ba]"},
		{"[%6proc.pname]", "[<NA>  ]"},
		{"%proc.pname %k8s.pod.name", "<NA> <NA>"},
		{"%toupper(proc.name) %basename(proc.exepath) %len(proc.name)", "BASH bash 4"},
		{"%toupper(proc.pname)", "<NA>"},
		{"100%% %container.id", "100% e62f8b1f2d8a"},
		{`say "%proc.name"`, `say "bash"`},
		{"two\nlines", `two\nlines`},
	}
	for _, tt := range tests {
		t.Run(tt.output, func(t *testing.T) {
			opts := Options{Location: utc()}
			a := newFormatter(t, withOutput(t, tt.output), opts).Make(shell())
			if diff := cmp.Diff("17:48:58.590038385: Warning "+tt.want, a.Output); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.want, a.Message); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// decode parses a JSON alert and returns its output and its fields.
func decode(t *testing.T, line []byte) (output string, fields map[string]any) {
	t.Helper()
	var got struct {
		Output string         `json:"output"`
		Fields map[string]any `json:"output_fields"`
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return got.Output, got.Fields
}

// Values come from hostile processes: they must not break out of their line.
func TestHostileValues(t *testing.T) {
	tests := []struct{ name, value, text, decoded string }{
		{"line break", "a\n17:00:00.000000000: Critical forged", `a\n17:00:00.000000000: Critical forged`, "a\n17:00:00.000000000: Critical forged"},
		{"carriage return", "a\rb", `a\rb`, "a\rb"},
		{"terminal sequence", "\x1b[2Ka", `\u001b[2Ka`, "\x1b[2Ka"},
		{"C1 sequence", "\u009b2Ka", `\u009b2Ka`, "\u009b2Ka"},
		{"delete", "\x7f", `\u007f`, "\x7f"},
		{"zero", "a\x00b", `a\u0000b`, "a\x00b"},
		{"quotes and backslash", `a"b\c`, `a\"b\\c`, `a"b\c`},
		{"line separator", "a\u2028b", `a\u2028b`, "a\u2028b"},
		{"direction", "a\u202eb", `a\u202eb`, "a\u202eb"},
		{"direction mark", "a\u200eb", `a\u200eb`, "a\u200eb"},
		{"isolated direction", "a\u2067b", `a\u2067b`, "a\u2067b"},
		{"paragraph separator", "a\u2029b", `a\u2029b`, "a\u2029b"},
		{"next line", "a\u0085b", `a\u0085b`, "a\u0085b"},
		{"no width", "sha\u200bdow", `sha\u200bdow`, "sha\u200bdow"},
		{"byte order mark", "\ufeffa", `\ufeffa`, "\ufeffa"},
		{"soft hyphen", "sha\u00addow", `sha\u00addow`, "sha\u00addow"},
		{"unseen letter", "a\u3164b", `a\u3164b`, "a\u3164b"},
		{"variation", "a\ufe0fb", `a\ufe0fb`, "a\ufe0fb"},
		{"unseen tag, of two code units", "a\U000E0041b", `a\udb40\udc41b`, "a\U000E0041b"},
		{"encoded surrogate", "a\xed\xa0\x80b", "a\uFFFD\uFFFD\uFFFDb", "a\uFFFD\uFFFD\uFFFDb"},
		{"overlong line break", "a\xc0\x8ab", "a\uFFFD\uFFFDb", "a\uFFFD\uFFFDb"},
		{"cut character", "a\xe2\x80", "a\uFFFD\uFFFD", "a\uFFFD\uFFFD"},
		{"no UTF-8", "a\xff\xc3b", "a\uFFFD\uFFFDb", "a\uFFFD\uFFFDb"},
		{"the replacement character itself", "\uFFFD", "\uFFFD", "\uFFFD"},
		{"wide characters", "äöü€😀", "äöü€😀", "äöü€😀"},
		{"markup", "<b>&", "<b>&", "<b>&"},
		{"percent", "%proc.pid", "%proc.pid", "%proc.pid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := shell()
			e.Process.Cmdline = tt.value
			a := newFormatter(t, withOutput(t, "x=%proc.cmdline"), Options{IncludeOutput: true, IncludeFields: true}).Make(e)
			if diff := cmp.Diff("x="+tt.text, a.Message); diff != "" {
				t.Error(diff)
			}
			line := a.AppendJSON(nil)
			if !utf8.Valid(line) || strings.ContainsAny(string(line), "\n\r\x1b\x00") {
				t.Errorf("not one line of UTF-8: %q", line)
			}
			output, fields := decode(t, line)
			if diff := cmp.Diff("x="+tt.decoded, output[strings.Index(output, "x="):]); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(any(tt.decoded), fields["proc.cmdline"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzHostileValue(f *testing.F) {
	f.Add("a\nb\x1b\xff\"\\\u2028")
	f.Fuzz(func(t *testing.T, value string) {
		e := shell()
		e.Process.Cmdline, e.Process.Name = value, value
		r := &rules.Rule{Name: value, Output: "x=%proc.cmdline %5proc.name", Source: value, Tags: []string{value}}
		a := newFormatter(t, r, Options{IncludeOutput: true, IncludeFields: true, IncludeTags: true, IncludeMessage: true, Hostname: value}).Make(e)
		line := a.AppendJSON(nil)
		if !utf8.Valid(line) || !json.Valid(line) {
			t.Fatalf("invalid JSON: %q", line)
		}
		if i := strings.IndexFunc(string(a.AppendText(nil))+string(line), obeyed); i >= 0 {
			t.Fatalf("a control character is not escaped in %q", a.AppendText(nil))
		}
	})
}

func TestAppend(t *testing.T) {
	opts := Options{IncludeFields: true, Location: utc(), Append: []Append{
		{Output: "exe=%proc.exepath"},
		{Rule: "other", Output: "never=%proc.name"},
		{Source: "other", Output: "never=%proc.name"},
		{Tags: []string{"a", "b"}, Output: "both"},
		{Tags: []string{"a", "c"}, Output: "never"},
		{Rule: "r", Source: "syscall", Fields: []ExtraField{{Key: "proc.tty"}, {Key: "who", Format: "%proc.name is %proc.pid"}}},
		{Suggested: true},
	}}
	r := withOutput(t, "o")
	r.Tags = []string{"a", "b"}
	a := newFormatter(t, r, opts).Make(shell())
	want := "o exe=/bin/bash both container_id=e62f8b1f2d8a container_name=<NA> container_image_repository=<NA> " +
		"container_image_tag=<NA> k8s_pod_name=<NA> k8s_ns_name=<NA>"
	if diff := cmp.Diff(want, a.Message); diff != "" {
		t.Error(diff)
	}
	wantFields := []Field{
		{"container.id", `"e62f8b1f2d8a"`}, {"container.image.repository", "null"}, {"container.image.tag", "null"},
		{"container.name", "null"}, {"evt.time", "1574876938590038385"}, {"k8s.ns.name", "null"}, {"k8s.pod.name", "null"},
		{"proc.exepath", `"/bin/bash"`}, {"proc.tty", "34816"}, {"who", `"bash is 4711"`},
	}
	if diff := cmp.Diff(wantFields, a.Fields); diff != "" {
		t.Error(diff)
	}
}

func TestAppendErrors(t *testing.T) {
	for _, a := range []Append{
		{Output: "%nofield"},
		{Fields: []ExtraField{{Key: "nofield"}}},
		{Fields: []ExtraField{{Key: "x", Format: "%nofield"}}},
	} {
		_, err := NewFormatter(withOutput(t, "o"), Options{Append: []Append{a}})
		if err == nil || !strings.Contains(err.Error(), "unknown field nofield") || !strings.Contains(err.Error(), "append_output") {
			t.Errorf("%+v: error %v", a, err)
		}
	}
}

// An alert holds copies: what the source does with the event's memory
// afterwards must not show.
func TestAlertKeepsItsValues(t *testing.T) {
	e := shell()
	memory := []byte("secret")
	e.Type = event.Openat
	e.HasFD = true
	e.FD = event.FD{Type: event.FDFile, Name: unsafeString(memory)}
	a := newFormatter(t, withOutput(t, "%fd.name"), DefaultOptions()).Make(e)
	copy(memory, "xxxxxx")
	if !strings.HasPrefix(a.Message, "secret ") || !strings.Contains(string(a.AppendJSON(nil)), `"fd.name":"secret"`) {
		t.Errorf("the alert changed with the event: %s", a.AppendJSON(nil))
	}
}

// Rules define priorities' names; alerts print them with one capital.
func TestPriorities(t *testing.T) {
	r := withOutput(t, "o")
	for p := rules.Emergency; p <= rules.Debug; p++ {
		r.Priority = p
		a := newFormatter(t, r, Options{Location: utc()}).Make(shell())
		if want := "17:48:58.590038385: " + p.String() + " o"; a.Output != want {
			t.Errorf("got %q, want %q", a.Output, want)
		}
	}
}

func TestStaticFieldsAreSuggested(t *testing.T) {
	e := shell()
	e.Static = event.StaticValues{"site": "berlin \x1b", "role": ""}
	opts := Options{IncludeFields: true, Location: utc(), Static: []string{"role", "site"}, Append: []Append{{Suggested: true}}}
	a := newFormatter(t, withOutput(t, "o"), opts).Make(e)
	if want := ` k8s_ns_name=<NA> static_role= static_site=berlin \u001b`; !strings.HasSuffix(a.Message, want) {
		t.Errorf("%q does not end with %q", a.Message, want)
	}
	_, fields := decode(t, a.AppendJSON(nil))
	if diff := cmp.Diff([]any{"berlin \x1b", ""}, []any{fields["static.site"], fields["static.role"]}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBuffersAsBase64(t *testing.T) {
	e := shell()
	e.Data = "a\x00\xffb"
	opts := Options{IncludeFields: true, Location: utc(), BufferBase64: true, Append: []Append{{Fields: []ExtraField{{Key: "x", Format: "<%evt.buffer>"}}}}}
	f := newFormatter(t, withOutput(t, "%evt.buffer %proc.name"), opts)
	a := f.Make(e)
	if a.Message != "YQD/Yg== bash" {
		t.Errorf("message %q", a.Message)
	}
	_, fields := decode(t, a.AppendJSON(nil))
	if fields["evt.buffer"] != "YQD/Yg==" || fields["x"] != "<YQD/Yg==>" || fields["proc.name"] != "bash" {
		t.Errorf("fields %v", fields)
	}
	e.Data = ""
	if a := f.Make(e); a.Message != "<NA> bash" || !strings.Contains(string(a.AppendJSON(nil)), `"evt.buffer":null`) {
		t.Errorf("without a buffer: %s", a.AppendJSON(nil))
	}
	var names []string
	for _, ref := range f.Refs() {
		names = append(names, ref.Name)
	}
	if diff := cmp.Diff("evt.buffer proc.name evt.buffer proc.name evt.buffer", strings.Join(names, " ")); diff != "" {
		t.Errorf("Refs (-want +got):\n%s", diff)
	}
}
