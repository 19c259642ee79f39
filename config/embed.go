package config

import _ "embed"

// The three files are installed to /etc/falco and serve from here where they
// are not.
var (
	//go:embed falco.yaml
	defaultConfig string
	//go:embed falco_rules.yaml
	defaultRules string
	//go:embed falco_rules.local.yaml
	localRules string
)

// DefaultFile returns the text of the default falco.yaml.
func DefaultFile() []byte { return []byte(defaultConfig) }

// DefaultRules returns the text of the default rules, falco_rules.yaml.
func DefaultRules() []byte { return []byte(defaultRules) }

// LocalRules returns the text of falco_rules.local.yaml: examples of a user's
// own rules, all commented out.
func LocalRules() []byte { return []byte(localRules) }
