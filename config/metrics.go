package config

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// Metrics says whether the instance's counters are offered at all; where, other
// keys say (Webserver.Prometheus).
type Metrics struct{ Enabled bool }

func metrics(m *Metrics) setting {
	read := group(map[string]setting{"enabled": truth(&m.Enabled)})
	return func(r *reader, n *yaml.Node, key string) {
		before := len(r.warnings)
		read(r, n, key)
		if !m.Enabled {
			// What Falco's other keys say has no effect there either, and the file it
			// comes with has them all.
			of := slices.DeleteFunc(r.warnings[before:], func(w Warning) bool { return w.Kind == NotInForce })
			r.warnings = r.warnings[:before+len(of)]
		}
	}
}
