package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/config"
)

// defaultContainers are the places where runtimes have their sockets.
func defaultContainers() config.Containers {
	return config.Containers{
		LabelMax:   100,
		Docker:     config.Runtime{Enabled: true, Sockets: []string{"/var/run/docker.sock"}},
		Podman:     config.Runtime{Enabled: true, Sockets: []string{"/run/podman/podman.sock", "/run/user/*/podman/podman.sock"}},
		Containerd: config.Runtime{Enabled: true, Sockets: []string{"/run/containerd/containerd.sock", "/run/host-containerd/containerd.sock"}},
		CRI: config.Runtime{Enabled: true, Sockets: []string{
			"/run/containerd/containerd.sock", "/run/crio/crio.sock", "/var/run/crio/crio.sock", "/run/k3s/containerd/containerd.sock",
			"/run/host-containerd/containerd.sock", "/run/cri-dockerd.sock",
		}},
		Files: true,
		Wait:  time.Second,
	}
}

// The configuration of Falco's container plugin, as its users have it.
func TestContainers(t *testing.T) {
	const whole = `
plugins:
  - name: container
    library_path: libcontainer.so
    init_config:
      label_max_len: 20
      with_size: true
      hooks: ['create', 'start']
      engine_timeout: 10
      engines:
        docker: {enabled: false, sockets: [/var/run/docker.sock]}
        podman:
          enabled: true
          sockets: ['/run/podman/podman.sock', '/run/user/1000/podman/podman.sock']
        containerd: {enabled: off}
        cri:
          enabled: true
          sockets: [unix:///run/crio/crio.sock]
        lxc: {enabled: false}
        libvirt_lxc: {enabled: false}
        bpm: {enabled: false}
load_plugins: [container]
`
	changed := func(change func(*config.Containers)) config.Containers {
		c := defaultContainers()
		change(&c)
		return c
	}
	tests := []struct {
		name, text string
		overrides  []string
		want       config.Containers
	}{
		{"whole", whole, nil, changed(func(c *config.Containers) {
			c.LabelMax, c.Docker.Enabled, c.Containerd.Enabled = 20, false, false
			c.Podman.Sockets = []string{"/run/podman/podman.sock", "/run/user/1000/podman/podman.sock"}
			c.CRI.Sockets = []string{"/run/crio/crio.sock"}
		})},
		{"a part", "plugins: [{name: container, init_config: {engines: {docker: {sockets: [/a.sock]}}}}]\n", nil, changed(func(c *config.Containers) {
			c.Docker.Sockets = []string{"/a.sock"}
		})},
		{"one socket", "plugins: [{name: container, init_config: {engines: {cri: {sockets: /a.sock}}}}]\n", nil, changed(func(c *config.Containers) {
			c.CRI.Sockets = []string{"/a.sock"}
		})},
		{"JSON in a text", `plugins: [{name: container, init_config: '{"label_max_len": 7, "engines": {"cri": {"enabled": false}}}'}]` + "\n", nil, changed(func(c *config.Containers) {
			c.LabelMax, c.CRI.Enabled = 7, false
		})},
		{"YAML in a text", "plugins:\n  - name: container\n    init_config: |\n      label_max_len: 7\n", nil, changed(func(c *config.Containers) { c.LabelMax = 7 })},
		{"an empty text", "plugins: [{name: container, init_config: '', open_params: ''}]\n", nil, defaultContainers()},
		{"nothing", "plugins: [{name: container, init_config: }]\n", nil, defaultContainers()},
		{"no entries", "plugins: []\nload_plugins: []\n", nil, defaultContainers()},
		{"gyr's own", "gyr: {containers: {files: false, wait: 250ms}}\n", nil, changed(func(c *config.Containers) { c.Files, c.Wait = false, 250*time.Millisecond })},
		{"overrides", whole, []string{"plugins[0].init_config.label_max_len=9", "plugins[0].init_config.engines.docker.enabled=true", "gyr.containers.wait=1ms"}, changed(func(c *config.Containers) {
			c.LabelMax, c.Containerd.Enabled, c.Wait = 9, false, time.Millisecond
			c.Podman.Sockets = []string{"/run/podman/podman.sock", "/run/user/1000/podman/podman.sock"}
			c.CRI.Sockets = []string{"/run/crio/crio.sock"}
		})},
		{"a plugin that is not loaded", "plugins: [{name: json, library_path: libjson.so}, {name: container}]\nload_plugins: [container]\n", nil, defaultContainers()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, warnings := parse(t, tt.text, tt.overrides...)
			if diff := cmp.Diff(tt.want, c.Containers); diff != "" || len(warnings) > 0 {
				t.Errorf("warnings %v (-want +got):\n%s", warnings, diff)
			}
		})
	}
}

func TestContainersWrong(t *testing.T) {
	const before = "plugins:\n  - name: container\n    init_config:\n      "
	tests := []struct{ name, text, want string }{
		{"no list", "plugins: {name: container}\n", `falco.yaml:1:10: plugins must be a list, not a mapping; write "- name: container" below it`},
		{"no mapping", "plugins: [container]\n", `falco.yaml:1:11: plugins[0] must be a mapping, not "container"; write its keys below it, indented: init_config, library_path, name, open_params`},
		{"no name", "plugins: [{init_config: {}}]\n", `falco.yaml:1:11: plugins[0] has no name; add "name: container", or the name of the plugin it is for`},
		{"a name that is none", "plugins: [{name: [x]}]\n", `falco.yaml:1:18: plugins[0].name must be a word, not a list`},
		{"length", before + "label_max_len: long\n", `falco.yaml:4:22: plugins[0].init_config.label_max_len must be a whole number from 0 to 1048576, not "long"`},
		{"truth", before + "engines: {docker: {enabled: perhaps}}\n", `falco.yaml:4:35: plugins[0].init_config.engines.docker.enabled must be true or false, not "perhaps"`},
		{"truth of what is ignored", before + "engines: {lxc: {enabled: perhaps}}\n", `falco.yaml:4:32: plugins[0].init_config.engines.lxc.enabled must be true or false, not "perhaps"`},
		{"hooks", before + "hooks: [create, stop]\n", `falco.yaml:4:23: plugins[0].init_config.hooks must be one of create, start, not "stop"`},
		{"socket", before + "engines: {cri: {sockets: [/a, run/b.sock]}}\n", `falco.yaml:4:37: an entry of plugins[0].init_config.engines.cri.sockets must be the absolute path of a socket, such as /run/containerd/containerd.sock, not "run/b.sock"`},
		{"pattern", before + "engines: {cri: {sockets: '/run/[x'}}\n", `falco.yaml:4:32: an entry of plugins[0].init_config.engines.cri.sockets must be the absolute path of a socket, such as /run/containerd/containerd.sock, not "/run/[x"`},
		{"another machine", before + "engines: {docker: {sockets: ['tcp://10.0.0.1:2375']}}\n", `falco.yaml:4:36: an entry of plugins[0].init_config.engines.docker.sockets must be the absolute path of a socket, such as /run/containerd/containerd.sock, not "tcp://10.0.0.1:2375"`},
		{"sockets", before + "engines: {cri: {sockets: {a: b}}}\n", `falco.yaml:4:32: plugins[0].init_config.engines.cri.sockets must be a list, not a mapping; write each entry on its own line with a dash before it`},
		{"list", before + "- a\n", `falco.yaml:4:7: plugins[0].init_config must be a mapping, not a list; write its keys below it, indented: engine_timeout, engines, hooks, label_max_len, with_size`},
		{"text", "plugins: [{name: container, init_config: '{'}]\n", `falco.yaml:1:42: plugins[0].init_config must be a mapping, or a text that is one in JSON, and this text is neither: `},
		{"text with a wrong value", "plugins: [{name: container, init_config: '{\"label_max_len\": -1}'}]\n", `falco.yaml:1:42: plugins[0].init_config.label_max_len must be a whole number from 0 to 1048576, not "-1"`},
		{"wait", "gyr: {containers: {wait: 2s}}\n", `falco.yaml:1:26: gyr.containers.wait must be a duration from 1ms to 1s, such as 500ms, not "2s"`},
		{"wait without unit", "gyr: {containers: {wait: 1}}\n", `falco.yaml:1:26: gyr.containers.wait must be a duration from 1ms to 1s, such as 500ms, not "1"`},
		{"load", "load_plugins: {container: true}\n", `falco.yaml:1:15: load_plugins must be a list, not a mapping; write each entry on its own line with a dash before it`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := config.Parse("falco.yaml", []byte(tt.text), nil, noEnv)
			if err == nil {
				t.Fatal("accepted")
			}
			if got := err.Error(); got != tt.want && !(strings.HasSuffix(tt.want, ": ") && strings.HasPrefix(got, tt.want)) {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestContainersWarn(t *testing.T) {
	tests := []struct {
		text string
		kind config.Kind
		want string
	}{
		{"plugins: [{name: container}, {name: json, library_path: libjson.so}]\n", config.NotInForce, "falco.yaml:1:30: the plugin json is known to Falco but not in force yet: plugins[1] has no effect"},
		{"load_plugins: [json]\nplugins: [{name: json}]\n", config.NotInForce, "falco.yaml:2:11: the plugin json is known to Falco but not in force yet: plugins[0] has no effect"},
		{"plugins: [{name: container, init_conf: {}}]\n", config.UnknownKey, "falco.yaml:1:29: unknown key plugins[0].init_conf: it has no effect; did you mean plugins[0].init_config?"},
		{"plugins: [{name: container, init_config: {engines: {dokcer: {enabled: true}}}}]\n", config.UnknownKey, "falco.yaml:1:53: unknown key plugins[0].init_config.engines.dokcer: it has no effect; did you mean plugins[0].init_config.engines.docker?"},
		{"plugins: [{name: container, init_config: {engines: {static: {enabled: true}}}}]\n", config.NotInForce, "falco.yaml:1:53: plugins[0].init_config.engines.static is known to Falco but not in force yet: it has no effect"},
	}
	for _, tt := range tests {
		_, warnings := parse(t, tt.text)
		if len(warnings) != 1 || warnings[0].Kind != tt.kind || warnings[0].String() != tt.want {
			t.Errorf("%q:\n got %v\nwant %v %s", tt.text, warnings, tt.kind, tt.want)
		}
	}
	// What is wrong in an override is said of the override.
	_, _, err := config.Parse("falco.yaml", nil, []string{`plugins=[{"name": "container", "init_config": "{label_max_len: x}"}]`}, noEnv)
	if err == nil || !strings.HasPrefix(err.Error(), "-o plugins=") {
		t.Errorf("an override's error: %v", err)
	}
}
