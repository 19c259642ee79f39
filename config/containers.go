package config

import (
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Containers says who is asked what containers are, and how. Falco has these
// settings in the configuration of its plugin named container.
type Containers struct {
	// LabelMax is the length in bytes of the longest value of a label that is
	// kept; a label with a longer one is left out.
	LabelMax int
	// The runtimes, by the interface that is spoken with them.
	Docker, Podman, Containerd, CRI Runtime
	// Files reads what runtimes leave on disk, which is there even where they do
	// not answer.
	Files bool
	// Wait is how long events of a new container wait at most until it is known
	// what that is.
	Wait time.Duration
}

// Runtime says where a container runtime is asked.
type Runtime struct {
	Enabled bool
	// Sockets are absolute paths of unix sockets, as the host sees them; a * stands
	// for any characters but a slash. Those that do not exist are waited for.
	Sockets []string
}

func absentContainers() Containers {
	asked := func(sockets ...string) Runtime { return Runtime{Enabled: true, Sockets: sockets} }
	return Containers{
		LabelMax:   100,
		Docker:     asked("/var/run/docker.sock"),
		Podman:     asked("/run/podman/podman.sock", "/run/user/*/podman/podman.sock"),
		Containerd: asked("/run/containerd/containerd.sock", "/run/host-containerd/containerd.sock"),
		CRI: asked("/run/containerd/containerd.sock", "/run/crio/crio.sock", "/var/run/crio/crio.sock",
			"/run/k3s/containerd/containerd.sock", "/run/host-containerd/containerd.sock", "/run/cri-dockerd.sock"),
		Files: true,
		Wait:  time.Second,
	}
}

// containerPlugin reads init_config of Falco's container plugin. What only its
// way of working needs is accepted and has no effect.
func containerPlugin(c *Containers) setting { return initConfig(containerKeys(c)) }

func containerKeys(c *Containers) map[string]setting {
	ignored := idle(group(map[string]setting{"enabled": truth(new(bool))}))
	return map[string]setting{
		"label_max_len":  number(&c.LabelMax, 0, 1<<20),
		"with_size":      idle(truth(new(bool))),
		"hooks":          idle(hooks),
		"engine_timeout": idle(number(new(int), 0, 1<<20)),
		"engines": group(map[string]setting{
			"docker": runtime(&c.Docker), "podman": runtime(&c.Podman), "containerd": runtime(&c.Containerd), "cri": runtime(&c.CRI),
			// There is nobody to ask: their containers are known by their control groups.
			"lxc": ignored, "libvirt_lxc": ignored, "bpm": ignored,
		}),
	}
}

func runtime(to *Runtime) setting {
	return group(map[string]setting{"enabled": truth(&to.Enabled), "sockets": sockets(&to.Sockets)})
}

// sockets reads paths of sockets, with "unix://" before them or without.
func sockets(to *[]string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: oneOrMany(typed("string")), value: *to}) {
			return
		}
		var list []string
		before := len(r.errors)
		texts(&list)(r, n, key)
		if len(r.errors) > before {
			return
		}
		for i, s := range list {
			s = strings.TrimPrefix(s, "unix://")
			if _, err := filepath.Match(s, ""); !filepath.IsAbs(s) || err != nil {
				at := n
				if n.Kind == yaml.SequenceNode {
					at = resolve(n.Content[i])
				}
				r.fail(at, key, "an entry of %s must be the absolute path of a socket, such as /run/containerd/containerd.sock, not %s", key, r.shown(at))
				return
			}
			list[i] = s
		}
		*to = list
	}
}

// hooks reads when Falco's plugin is to ask. Gyr asks when a control group is
// made, which is before either.
func hooks(r *reader, n *yaml.Node, key string) {
	if r.told(shape{schema: oneOrMany(map[string]any{"type": "string", "enum": []string{"create", "start"}})}) {
		return
	}
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		items = []*yaml.Node{n}
	}
	for _, item := range items {
		var ignored string
		choice(&ignored, "create", "start")(r, resolve(item), key)
	}
}

// initConfig reads a plugin's own configuration: a mapping, or a text of JSON or
// YAML that is one.
func initConfig(settings map[string]setting) setting {
	read := group(settings)
	return func(r *reader, n *yaml.Node, key string) {
		if n.Kind != yaml.ScalarNode {
			read(r, n, key)
			return
		}
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(n.Value), &doc); err != nil {
			r.fail(n, key, "%s must be a mapping, or a text that is one in JSON, and this text is neither: %v", key, err)
			return
		}
		if len(doc.Content) == 0 || isNull(doc.Content[0]) {
			return
		}
		r.within(n, &doc)
		read(r, resolve(doc.Content[0]), key)
	}
}

// within gives all nodes read from a text the place of that text.
func (r *reader) within(text, n *yaml.Node) {
	n.Line, n.Column = text.Line, text.Column
	if o, ok := r.given[text]; ok {
		r.given[n] = o
	}
	for _, c := range n.Content {
		r.within(text, c)
	}
}

// plugins are the entries of the keys plugins and load_plugins, which belong
// together: only what the second names is loaded, where it is given.
type plugins struct {
	containers *Containers
	others     []otherPlugin
	load       []string
	loadGiven  bool
}

// otherPlugin is an entry of a plugin that is not there.
type otherPlugin struct {
	node      *yaml.Node
	key, name string
}

// containerPluginName is what Falco calls the plugin whose work is part of Gyr.
const containerPluginName = "container"

func (p *plugins) read(r *reader, n *yaml.Node, key string) {
	if r.told(shape{schema: listOf(map[string]any{
		"type": "object", "required": []string{"name"},
		"properties": map[string]any{"name": typed("string"), "library_path": typed("string"), "open_params": map[string]any{}, "init_config": map[string]any{}},
	})}) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, key, "%s must be a list, not %s; write \"- name: container\" below it", key, describe(n))
		return
	}
	for i, item := range n.Content {
		item = resolve(item)
		key := key + "[" + strconv.Itoa(i) + "]"
		var name string
		nothing := func(*reader, *yaml.Node, string) {}
		keys := map[string]setting{
			"name": word(&name), "library_path": nothing, "open_params": nothing, "init_config": nothing,
		}
		before := len(r.errors)
		group(keys)(r, item, key)
		switch {
		case len(r.errors) > before:
		case name == "":
			r.fail(item, key, "%s has no name; add \"name: container\", or the name of the plugin it is for", key)
		case name == containerPluginName:
			// Everything else in the entry was looked at just now.
			r.only(item, key, "init_config", containerPlugin(p.containers))
			for k, at := range maps.Clone(r.origins) {
				if rest, ok := strings.CutPrefix(k, key); ok {
					r.origins["plugins["+containerPluginName+"]"+rest] = at
				}
			}
		default:
			p.others = append(p.others, otherPlugin{item, key, name})
		}
	}
}

// only reads one key of a mapping.
func (r *reader) only(n *yaml.Node, prefix, name string, read setting) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k, v := resolve(n.Content[i]), resolve(n.Content[i+1]); k.Value == name {
			if !isNull(v) {
				read(r, v, join(prefix, name))
			}
			return
		}
	}
}

func (p *plugins) readLoad(r *reader, n *yaml.Node, key string) {
	p.loadGiven = true
	texts(&p.load)(r, n, key)
}

// warn names the plugins that Falco would load and Gyr has not.
func (p *plugins) warn(r *reader) {
	loaded := map[string]bool{}
	for _, name := range p.load {
		loaded[name] = true
	}
	for _, o := range p.others {
		if !p.loadGiven || loaded[o.name] {
			r.warn(o.node, NotInForce, o.key, "the plugin %s is known to Falco but not in force yet: %s has no effect", o.name, o.key)
		}
	}
}

// word reads a single text.
func word(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: *to}) {
			return
		}
		if n.Kind != yaml.ScalarNode {
			r.fail(n, key, "%s must be a word, not %s", key, describe(n))
			return
		}
		*to = r.text(n)
	}
}

// span reads a duration within limits.
func span(to *time.Duration, low, high time.Duration) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: to.String()}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			if d, err := time.ParseDuration(r.text(n)); err == nil && d >= low && d <= high {
				*to = d
				return
			}
		}
		r.fail(n, key, "%s must be a duration from %v to %v, such as 500ms, not %s", key, low, high, r.shown(n))
	}
}

func gyrContainers(c *Containers) setting {
	return group(map[string]setting{
		"files": truth(&c.Files),
		"wait":  span(&c.Wait, time.Millisecond, time.Second),
	})
}
