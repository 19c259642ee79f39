package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

func noEnv(string) string { return "" }

// parse reads a configuration without errors.
func parse(t *testing.T, text string, overrides ...string) (*config.Config, []config.Warning) {
	t.Helper()
	c, warnings, err := config.Parse("falco.yaml", []byte(text), overrides, noEnv)
	if err != nil {
		t.Fatalf("parsing %q with %q: %v", text, overrides, err)
	}
	return c, warnings
}

func TestDefault(t *testing.T) {
	c, warnings, err := config.Parse("falco.yaml", config.DefaultFile(), nil, noEnv)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("the default configuration: error %v, warnings %v", err, warnings)
	}
	want := &config.Config{
		ConfigFiles:                     []config.ConfigFile{{Path: "/etc/falco/config.d", Strategy: config.StrategyAppend}},
		RulesFiles:                      []string{"/etc/falco/falco_rules.yaml", "/etc/falco/falco_rules.local.yaml", "/etc/falco/rules.d"},
		Engine:                          config.Engine{Kind: "modern_ebpf", ModernEBPF: config.ModernEBPF{BufSizePreset: 4}},
		Priority:                        "debug",
		RuleMatching:                    config.MatchFirst,
		JSONIncludeOutputProperty:       true,
		JSONIncludeOutputFieldsProperty: true,
		JSONIncludeTagsProperty:         true,
		AppendOutput:                    []config.AppendOutput{{SuggestedOutput: true}},
		StdoutOutput:                    config.StdoutOutput{Enabled: true},
		SyslogOutput:                    config.SyslogOutput{Enabled: true},
		FileOutput:                      config.FileOutput{Filename: "./events.txt"},
		HTTPOutput:                      defaultHTTP(),
		OutputTimeout:                   2 * time.Second,
		Libs:                            config.Libs{Snaplen: 80},
		SyscallEventDrops: config.SyscallEventDrops{
			Threshold: 0.1, Actions: []config.DropAction{config.DropLog, config.DropAlert}, Rate: 0.03333, MaxBurst: 1,
		},
		WatchConfigFiles: true,
		Webserver: config.Webserver{
			Enabled: true, ListenAddress: "0.0.0.0", ListenPort: 8765, HealthzEndpoint: "/healthz", SSLCertificate: "/etc/falco/falco.pem",
		},
		Containers: defaultContainers(),
		LogStderr:  true,
		LogLevel:   "info",
		Gyr: config.Gyr{
			DNS:      config.DNS{ObserveAnswers: true, ResolveRuleNames: true},
			Throttle: config.Throttle{Enabled: true, ProcessRate: 32_768, ContainerRate: 262_144},
		},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("default configuration (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, config.Default()); diff != "" {
		t.Errorf("Default (-want +got):\n%s", diff)
	}
	if !c.SuggestedOutput() || c.Engine.ModernEBPF.BufferBytes() != 8<<20 {
		t.Errorf("suggested output %v, buffer %d bytes; want true and 8 MiB", c.SuggestedOutput(), c.Engine.ModernEBPF.BufferBytes())
	}
}

// TestAbsentKeys holds what the default file promises of absent keys: its own
// values, but for those it names.
func TestAbsentKeys(t *testing.T) {
	want := config.Default()
	want.ConfigFiles = nil
	want.StdoutOutput.Enabled, want.SyslogOutput.Enabled, want.LogStderr, want.Webserver.Enabled = false, false, false, false
	for _, text := range []string{"", "# nothing\n", "null\n", "json_output:\nstdout_output:\n"} {
		c, warnings := parse(t, text)
		if diff := cmp.Diff(want, c); diff != "" || len(warnings) > 0 {
			t.Errorf("%q: warnings %v (-want +got):\n%s", text, warnings, diff)
		}
	}
}

func TestValues(t *testing.T) {
	const all = `
rules_files: [/a.yaml, /b]
engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 7}}
priority: Warning
rule_matching: all
json_output: on
json_include_output_property: no
json_include_message_property: Yes
json_include_output_fields_property: "false"
json_include_tags_property: FALSE
time_format_iso_8601: y
append_output: []
stdout_output:
  enabled: true
buffered_outputs: true
syscall_event_drops: {threshold: 0, actions: [Exit, ignore], rate: 1e3, max_burst: 2.5, simulate_drops: yes}
log_stderr: true
log_level: WARNING
webserver: {enabled: true, threadiness: 4, listen_port: 1, listen_address: "::1", k8s_healthz_endpoint: /live, prometheus_metrics_enabled: true, ssl_enabled: true, ssl_certificate: /a.pem}
metrics: {enabled: true}
watch_config_files: no
gyr: {dns: {observe_answers: false, resolve_rule_names: on}, throttle: {enabled: false, process_rate: 1, container_rate: 1000000000}}
`
	c, warnings := parse(t, all)
	want := &config.Config{
		RulesFiles:                 []string{"/a.yaml", "/b"},
		Engine:                     config.Engine{Kind: "modern_ebpf", ModernEBPF: config.ModernEBPF{BufSizePreset: 7}},
		Priority:                   "warning",
		RuleMatching:               config.MatchAll,
		JSONOutput:                 true,
		JSONIncludeMessageProperty: true,
		TimeFormatISO8601:          true,
		AppendOutput:               []config.AppendOutput{},
		StdoutOutput:               config.StdoutOutput{Enabled: true},
		FileOutput:                 config.FileOutput{Filename: "./events.txt"},
		HTTPOutput:                 defaultHTTP(),
		OutputTimeout:              2 * time.Second,
		BufferedOutputs:            true,
		Libs:                       config.Libs{Snaplen: 80},
		SyscallEventDrops: config.SyscallEventDrops{
			Actions: []config.DropAction{config.DropExit, config.DropIgnore}, Rate: 1000, MaxBurst: 2.5, SimulateDrops: true,
		},
		Webserver: config.Webserver{
			Enabled: true, ListenAddress: "::1", ListenPort: 1, HealthzEndpoint: "/live", Prometheus: true, SSL: true, SSLCertificate: "/a.pem",
		},
		Metrics:    config.Metrics{Enabled: true},
		Containers: defaultContainers(),
		LogStderr:  true,
		LogLevel:   "warning",
		Gyr: config.Gyr{
			DNS:      config.DNS{ResolveRuleNames: true},
			Throttle: config.Throttle{ProcessRate: 1, ContainerRate: 1_000_000_000},
		},
	}
	if diff := cmp.Diff(want, c); diff != "" || len(warnings) > 0 {
		t.Errorf("warnings %v (-want +got):\n%s", warnings, diff)
	}
	if c, _ := parse(t, "rules_file: /one.yaml\npriority: INFO\n"); c.Priority != "informational" || len(c.RulesFiles) != 1 {
		t.Errorf("older forms: priority %q, rules files %q", c.Priority, c.RulesFiles)
	}
	for text, want := range map[string][]config.DropAction{"alert": {config.DropAlert}, "[]": {}, "[exit, LOG]": {config.DropExit, config.DropLog}} {
		c, _ := parse(t, "syscall_event_drops: {actions: "+text+"}\n")
		if diff := cmp.Diff(want, c.SyscallEventDrops.Actions); diff != "" {
			t.Errorf("actions %s (-want +got):\n%s", text, diff)
		}
	}
	if c, _ := parse(t, "a: &on true\njson_output: *on\n"); !c.JSONOutput {
		t.Error("an alias was not followed")
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []string
	}{
		{"not YAML", "json_output: true\n  priority: x\n", []string{"falco.yaml:2:11: not valid YAML: mapping values are not allowed in this context; check the indentation and quotes here and on the line before"}},
		{"rules instead of a configuration", "- rule: x\n", []string{`falco.yaml:1:1: the configuration must be a mapping of keys to values ("json_output: true"), not a list; a list is what rules files are, which belong under rules_files`}},
		{"truth", "json_output: maybe\n", []string{`falco.yaml:1:14: json_output must be true or false, not "maybe"`}},
		{"truth is a list", "json_output: [true]\n", []string{`falco.yaml:1:14: json_output must be true or false, not a list`}},
		{"group is a scalar", "stdout_output: true\n", []string{`falco.yaml:1:16: stdout_output must be a mapping, not "true"; write its keys below it, indented: enabled`}},
		{"number out of range", "engine:\n  modern_ebpf:\n    buf_size_preset: 11\n", []string{`falco.yaml:3:22: engine.modern_ebpf.buf_size_preset must be a whole number from 1 to 10, not "11"`}},
		{"number is a word", "engine: {modern_ebpf: {buf_size_preset: big}}\n", []string{`falco.yaml:1:41: engine.modern_ebpf.buf_size_preset must be a whole number from 1 to 10, not "big"`}},
		{"choice", "rule_matching: some\n", []string{`falco.yaml:1:16: rule_matching must be one of first, all, not "some"`}},
		{"priority", "priority: high\n", []string{`falco.yaml:1:11: priority must be one of emergency, alert, critical, error, warning, notice, informational, info, debug, not "high"`}},
		{"engine not there", "engine: {kind: replay}\n", []string{`falco.yaml:1:16: engine.kind replay is known to Falco but not supported yet; set it to modern_ebpf`}},
		{"engine unknown", "engine: {kind: magic}\n", []string{`falco.yaml:1:16: engine.kind must be modern_ebpf, not "magic"`}},
		{"rules_files is a mapping", "rules_files: {a: b}\n", []string{`falco.yaml:1:14: rules_files must be a list, not a mapping; write each entry on its own line with a dash before it`}},
		{"entry of rules_files", "rules_files:\n  - /a\n  - [b]\n", []string{`falco.yaml:3:5: an entry of rules_files must be a path, not a list`}},
		{"append_output is a mapping", "append_output: {suggested_output: true}\n", []string{`falco.yaml:1:16: append_output must be a list, not a mapping; write "- suggested_output: true" below it`}},
		{"entry of append_output", "append_output:\n  - suggested_output: 3\n", []string{`falco.yaml:2:23: append_output[0].suggested_output must be true or false, not "3"`}},
		{"threshold", "syscall_event_drops: {threshold: 1.5}\n", []string{`falco.yaml:1:34: syscall_event_drops.threshold must be a number from 0 to 1, not "1.5"`}},
		{"threshold is no number", "syscall_event_drops: {threshold: NaN}\n", []string{`falco.yaml:1:34: syscall_event_drops.threshold must be a number from 0 to 1, not "NaN"`}},
		{"rate", "syscall_event_drops:\n  rate: -1\n", []string{`falco.yaml:2:9: syscall_event_drops.rate must be a number from 0 to 1000000000, not "-1"`}},
		{"burst", "syscall_event_drops: {max_burst: [1]}\n", []string{`falco.yaml:1:34: syscall_event_drops.max_burst must be a number from 0 to 1000000000, not a list`}},
		{"action", "syscall_event_drops:\n  actions: [log, shout, cry]\n", []string{`falco.yaml:2:18: an entry of syscall_event_drops.actions must be one of ignore, log, alert, exit, not "shout"`}},
		{"action is a list", "syscall_event_drops: {actions: [[log]]}\n", []string{`falco.yaml:1:33: an entry of syscall_event_drops.actions must be one of ignore, log, alert, exit, not a list`}},
		{"actions is a mapping", "syscall_event_drops: {actions: {log: true}}\n", []string{`falco.yaml:1:32: syscall_event_drops.actions must be a list of ignore, log, alert, exit, not a mapping; write [log, alert]`}},
		{"ignored and logged", "syscall_event_drops: {actions: [log, ignore]}\n", []string{`falco.yaml:1:32: syscall_event_drops.actions cannot ignore lost events and log or alert of them, too; take ignore out, or all others`}},
		{"throttle", "gyr: {throttle: {process_rate: 0}}\n", []string{`falco.yaml:1:32: gyr.throttle.process_rate must be a whole number from 1 to 1000000000, not "0"`}},
		{"every error at once", "json_output: 1\nlog_level: loud\n", []string{
			`falco.yaml:1:14: json_output must be true or false, not "1"`,
			`falco.yaml:2:12: log_level must be one of emergency, alert, critical, error, warning, notice, info, debug, not "loud"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, err := config.Parse("falco.yaml", []byte(tt.text), nil, noEnv)
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			var one *config.Error
			if !errors.As(err, &one) || one.File != "falco.yaml" || one.Line < 1 || one.Column < 1 {
				t.Errorf("error %#v has no position", one)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		text string
		kind config.Kind
		want string
	}{
		{"json_ouput: true\n", config.UnknownKey, "falco.yaml:1:1: unknown key json_ouput: it has no effect; did you mean json_output?"},
		{"engine:\n  kinds: x\n", config.UnknownKey, "falco.yaml:2:3: unknown key engine.kinds: it has no effect; did you mean engine.kind?"},
		{"zzzzzz: 1\n", config.UnknownKey, "falco.yaml:1:1: unknown key zzzzzz: it has no effect"},
		{"capture:\n  a: b\n", config.NotInForce, "falco.yaml:1:1: capture is known to Falco but not in force yet: it has no effect"},
		{"engine: {modern_ebpf: {drop_failed_exit: false}}\n", config.NotInForce, "falco.yaml:1:24: engine.modern_ebpf.drop_failed_exit is known to Falco but not in force yet: it has no effect"},
		{"engine: {kind: kmod}\n", config.NotInForce, "falco.yaml:1:16: engine.kind kmod is not there: the running kernel is watched with modern_ebpf, which needs no driver"},
		{"grpc: {enabled: true}\n", config.Removed, "falco.yaml:1:1: grpc was removed from Falco and has no effect; delete it"},
		{"json_output: true\njson_output: false\n", config.Duplicate, "falco.yaml:2:1: json_output is given a second time and has no effect: the value on line 1 counts; remove one of the two"},
	}
	for _, tt := range tests {
		_, warnings := parse(t, tt.text)
		if len(warnings) != 1 || warnings[0].Kind != tt.kind || warnings[0].String() != tt.want {
			t.Errorf("%q:\n got %v\nwant %v %s", tt.text, warnings, tt.kind, tt.want)
		}
	}
	if c, _ := parse(t, "json_output: true\njson_output: false\n"); !c.JSONOutput {
		t.Error("of a key given twice the second value counted")
	}
}

// everyKeyOfFalco is a file with every key Falco has.
const everyKeyOfFalco = `
config_files: [/etc/falco/config.d]
watch_config_files: true
rules_files: [/a]
rules: [{disable: {rule: x}}]
engine:
  kind: modern_ebpf
  kmod: {buf_size_preset: 4, drop_failed_exit: false}
  modern_ebpf: {cpus_for_each_buffer: 2, buf_size_preset: 4, drop_failed_exit: false, disable_iterators: false}
  replay: {capture_file: ""}
capture: {enabled: false, path_prefix: /tmp/falco, mode: rules, default_duration: 5000}
load_plugins: []
plugins: [{name: json, library_path: libjson.so, init_config: "", open_params: ""}]
plugins_hostinfo: true
time_format_iso_8601: false
buffer_format_base64: false
priority: debug
json_output: false
json_include_output_property: true
json_include_message_property: false
json_include_output_fields_property: true
json_include_tags_property: true
buffered_outputs: false
rule_matching: first
outputs_queue: {capacity: 0}
append_output: [{suggested_output: true}, {match: {source: syscall}, extra_output: "x", extra_fields: [proc.env]}]
static_fields: {}
stdout_output: {enabled: true}
syslog_output: {enabled: true}
file_output: {enabled: false, keep_alive: false, filename: ./events.txt}
http_output: {enabled: false, url: ""}
program_output: {enabled: false, keep_alive: false, program: x}
webserver: {enabled: true, threadiness: 0, listen_port: 8765}
log_stderr: true
log_syslog: true
log_level: info
libs_logger: {enabled: true, severity: info}
output_timeout: 2000
syscall_event_timeouts: {max_consecutives: 1000}
syscall_event_drops: {threshold: 0.1, actions: [log, alert], rate: 0.03333, max_burst: 1, simulate_drops: false}
metrics: {enabled: false, interval: 1h}
base_syscalls: {custom_set: [], repair: false, all: false}
falco_libs: {thread_table_size: 262144}
`

// TestEveryKeyOfFalco reads a file with every key Falco has: none may be taken
// for a spelling mistake.
func TestEveryKeyOfFalco(t *testing.T) {
	_, warnings := parse(t, everyKeyOfFalco)
	for _, w := range warnings {
		if w.Kind != config.NotInForce {
			t.Errorf("%v", w)
		}
	}
	if len(warnings) < 10 {
		t.Errorf("%d warnings only", len(warnings))
	}
}

func TestEnvironment(t *testing.T) {
	env := map[string]string{"ON": "true", "DIR": "/opt/rules", "BAD": "perhaps"}
	getenv := func(name string) string { return env[name] }
	c, _, err := config.Parse("falco.yaml", []byte("json_output: ${ON}\nrules_files: ['${DIR}/a.yaml', 'x${NONE}y', '$${DIR}', '${DIR', '$DIR', '${ON}${DIR}']\n"), []string{"log_stderr=${ON}"}, getenv)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/opt/rules/a.yaml", "xy", "${DIR}", "${DIR", "$DIR", "true/opt/rules"}
	if diff := cmp.Diff(want, c.RulesFiles); diff != "" || !c.JSONOutput || !c.LogStderr {
		t.Errorf("json_output %v, log_stderr %v, rules_files (-want +got):\n%s", c.JSONOutput, c.LogStderr, diff)
	}
	_, _, err = config.Parse("falco.yaml", []byte("json_output: ${BAD}\n"), nil, getenv)
	if err == nil || !strings.Contains(err.Error(), `not "perhaps" (from ${BAD})`) {
		t.Errorf("a wrong value from the environment: %v", err)
	}
}

func TestLoadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "falco.yaml")
	if _, _, err := config.Load(path, nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "-c") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("json_output: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := config.Load(path, []string{"priority=error"})
	if err != nil || !c.JSONOutput || c.Priority != "error" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(config.DefaultFile(), "json_output=true")
	f.Add([]byte("append_output: [{suggested_output: *x}]"), "append_output[]={\"suggested_output\": false}")
	f.Add([]byte("engine: &a\n  modern_ebpf: *a\n"), `engine.modern\.ebpf[0]=1`)
	f.Add([]byte("- a\n---\nb: 1\n"), "rules_files[3]=x")
	f.Add([]byte("plugins: [{name: container, init_config: '{\"engines\": {\"cri\": {\"sockets\": [\"/a\"]}}}'}]\nload_plugins: [x]"), "plugins[0].init_config={}")
	f.Add([]byte("config_files: [/a, {path: '/b', strategy: add-only}]\nrules: [{enable: {tag: a}}, {disable: {rule: '*'}}]\n"), "config_files[]={path: /c}")
	f.Add([]byte("append_output: [{match: {tags: [a]}, extra_output: '%proc.name', extra_fields: [proc.env, {a: '%static.b'}]}]\nstatic_fields: {b: ${C}}\n"), "static_fields.c=d")
	f.Fuzz(func(t *testing.T, data []byte, override string) {
		c, _, err := config.Parse("f", data, []string{override}, func(string) string { return "x" })
		if (c == nil) == (err == nil) {
			t.Errorf("configuration %v with error %v", c, err)
		}
	})
}
