package config_test

import (
	"crypto/sha256"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gyrsec/gyr/config"
)

// inDir writes files below a new directory, of which $D stands for the path in
// their text, and returns it.
func inDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir+"/"+name, strings.ReplaceAll(text, "$D", dir))
	}
	return dir
}

func TestConfigFiles(t *testing.T) {
	const lists = "rules_files: [/a]\njson_output: true\nengine: {modern_ebpf: {buf_size_preset: 7}}\n"
	tests := []struct {
		name      string
		files     map[string]string
		overrides []string
		want      func(*config.Config)
	}{
		{"append", map[string]string{
			"falco.yaml": lists + "config_files: [$D/b]\n",
			"b":          "rules_files: [/b]\njson_output: false\npriority: error\nengine: {kind: modern_ebpf}\n",
		}, nil, func(c *config.Config) {
			c.RulesFiles, c.Priority = []string{"/a", "/b"}, "error"
		}},
		{"override", map[string]string{
			"falco.yaml": lists + "config_files: [{path: $D/b, strategy: override}]\n",
			"b":          "rules_files: [/b]\njson_output: false\npriority: error\n",
		}, nil, func(c *config.Config) {
			c.RulesFiles, c.Priority, c.Engine.ModernEBPF.BufSizePreset = []string{"/b"}, "error", 7
		}},
		{"add-only", map[string]string{
			"falco.yaml": lists + "config_files: [{path: $D/b, strategy: add-only}]\n",
			"b":          "rules_files: [/b]\njson_output: false\npriority: error\n",
		}, nil, func(c *config.Config) {
			c.RulesFiles, c.JSONOutput, c.Priority, c.Engine.ModernEBPF.BufSizePreset = []string{"/a"}, true, "error", 7
		}},
		{"a directory by names and what does not exist", map[string]string{
			"falco.yaml": "config_files: [$D/none, $D/d, $D/nothing.d]\nrules_files: [/a]\n",
			"d/20.yaml":  "rules_files: [/20]\npriority: alert\n", "d/10": "rules_files: [/10]\npriority: error\n",
			"d/.hidden.yaml": "json_output: true\n", "d/20.yaml~": "json_output: true\n", "d/20.yaml.dpkg-old": "json_output: true\n",
			"d/sub/30.yaml": "json_output: true\n",
		}, nil, func(c *config.Config) {
			c.RulesFiles, c.Priority = []string{"/a", "/10", "/20"}, "alert"
		}},
		{"overrides name files and count last", map[string]string{
			"falco.yaml": "rules_files: [/a]\n",
			"b":          "rules_files: [/b]\npriority: error\njson_output: true\n",
		}, []string{"priority=alert", "rules_files[]=/c", "config_files[]=$D/b"}, func(c *config.Config) {
			c.RulesFiles, c.Priority, c.JSONOutput = []string{"/a", "/b", "/c"}, "alert", true
		}},
		{"the environment", map[string]string{
			"falco.yaml": "config_files: ['${GYR_TEST_DIR}/b']\n",
			"b":          "json_output: ${GYR_TEST_ON}\nrules_files: ['$${x}']\n",
		}, nil, func(c *config.Config) { c.JSONOutput, c.RulesFiles = true, []string{"${x}"} }},
		{"a list that an anchor has elsewhere", map[string]string{
			"falco.yaml": "load_plugins: &x [/a]\nrules_files: *x\nconfig_files: [$D/b]\n",
			"b":          "load_plugins: [/b]\n",
		}, nil, func(c *config.Config) { c.RulesFiles = []string{"/a"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := inDir(t, tt.files)
			t.Setenv("GYR_TEST_DIR", dir)
			t.Setenv("GYR_TEST_ON", "true")
			for i, o := range tt.overrides {
				tt.overrides[i] = strings.ReplaceAll(o, "$D", dir)
			}
			got, warnings, err := config.Load(dir+"/falco.yaml", tt.overrides)
			if err != nil || len(warnings) > 0 {
				t.Fatalf("error %v, warnings %v", err, warnings)
			}
			want, _ := parse(t, "")
			tt.want(want)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(config.Config{}, "Files", "ConfigFiles")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigFilesRead(t *testing.T) {
	dir := inDir(t, map[string]string{"falco.yaml": "config_files: [$D/d, {path: $D/none, strategy: Override}]\n", "d/a": "", "d/b": "priority: error\n"})
	c, _, err := config.Load(dir+"/falco.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []config.ConfigFile{{Path: dir + "/d", Strategy: config.StrategyAppend}, {Path: dir + "/none", Strategy: config.StrategyOverride}}
	if diff := cmp.Diff(want, c.ConfigFiles); diff != "" {
		t.Errorf("ConfigFiles (-want +got):\n%s", diff)
	}
	var files []config.File
	for _, name := range []string{dir + "/falco.yaml", dir + "/d/a", dir + "/d/b"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, config.File{Name: name, SHA256: sha256.Sum256(data)})
	}
	if diff := cmp.Diff(files, c.Files); diff != "" {
		t.Errorf("Files (-want +got):\n%s", diff)
	}
}

func TestConfigFilesErrors(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"nested", map[string]string{"falco.yaml": "config_files: [$D/b]\n", "b": "\nconfig_files: [/x]\n"}, []string{
			"$D/b:2:1: config_files may be in the main file only, not in one that it names; name all files in $D/falco.yaml",
		}},
		{"itself", map[string]string{"falco.yaml": "config_files:\n  - $D/../$B/falco.yaml\n"}, []string{
			"$D/falco.yaml:2:5: config_files names the file it stands in, $D/falco.yaml; take it out, or move it out of the directory $D/../$B/falco.yaml",
		}},
		{"its own directory", map[string]string{"falco.yaml": "config_files: [$D]\n"}, []string{
			"$D/falco.yaml:1:16: config_files names the file it stands in, $D/falco.yaml; take it out, or move it out of the directory $D",
		}},
		{"wrong values in several files", map[string]string{
			"falco.yaml": "config_files: [$D/b]\njson_output: 1\n", "b": "priority: x\nengine: {kind: y}\n",
		}, []string{
			`$D/falco.yaml:2:14: json_output must be true or false, not "1"`,
			`$D/b:1:11: priority must be one of emergency, alert, critical, error, warning, notice, informational, info, debug, not "x"`,
			`$D/b:2:16: engine.kind must be modern_ebpf, not "y"`,
		}},
		{"a list that was added to", map[string]string{"falco.yaml": "config_files: [$D/b]\nrules_files: [/a]\n", "b": "rules_files: [[x]]\n"}, []string{
			"$D/b:1:15: an entry of rules_files must be a path, not a list",
		}},
		{"no YAML", map[string]string{"falco.yaml": "config_files: [$D/b]\n", "b": "a: b\n  c: d\n"}, []string{
			"$D/b:2:4: not valid YAML: mapping values are not allowed in this context; check the indentation and quotes here and on the line before",
		}},
		{"rules", map[string]string{"falco.yaml": "config_files: [$D/b]\n", "b": "- rule: x\n"}, []string{
			`$D/b:1:1: the configuration must be a mapping of keys to values ("json_output: true"), not a list; a list is what rules files are, which belong under rules_files`,
		}},
		{"unreadable", map[string]string{"falco.yaml": "config_files: [$D/b/c]\n", "b": ""}, []string{
			"$D/falco.yaml:1:16: reading what config_files names: stat $D/b/c: not a directory",
		}},
		{"no file", map[string]string{"falco.yaml": "config_files: [/dev/null]\n"}, []string{
			"$D/falco.yaml:1:16: reading what config_files names: /dev/null is neither a regular file nor a directory",
		}},
		{"strategy", map[string]string{"falco.yaml": "config_files: [{path: /x, strategy: merge}]\n"}, []string{
			`$D/falco.yaml:1:37: config_files[0].strategy must be one of append, override, add-only, not "merge"`,
		}},
		{"no path", map[string]string{"falco.yaml": "config_files: [{strategy: append}, [x]]\n"}, []string{
			`$D/falco.yaml:1:16: config_files[0] has no path; add "path: /etc/falco/config.d"`,
			"$D/falco.yaml:1:36: config_files[1] must be a path, or a mapping of path and strategy, not a list",
		}},
		{"a mapping", map[string]string{"falco.yaml": "config_files: {path: /x}\n"}, []string{
			"$D/falco.yaml:1:15: config_files must be a list, not a mapping; write each entry on its own line with a dash before it",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			replace := strings.NewReplacer("$D", dir, "$B", dir[strings.LastIndexByte(dir, '/')+1:]).Replace
			for name, text := range tt.files {
				write(t, dir+"/"+name, replace(text))
			}
			_, _, err := config.Load(dir+"/falco.yaml", nil)
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(replace(strings.Join(tt.want, "\n")), err.Error()); diff != "" && !strings.HasPrefix(err.Error(), replace(tt.want[0])+": ") {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigFilesWarnings(t *testing.T) {
	dir := inDir(t, map[string]string{"falco.yaml": "config_files: [$D/b]\n", "b": "jsn_output: true\npriority: error\npriority: alert\n"})
	c, warnings, err := config.Load(dir+"/falco.yaml", nil)
	if err != nil || c.Priority != "error" {
		t.Fatalf("got %+v, %v", c, err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := []string{
		dir + "/b:3:1: priority is given a second time and has no effect: the value on line 2 counts; remove one of the two",
		dir + "/b:1:1: unknown key jsn_output: it has no effect; did you mean json_output?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
