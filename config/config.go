// Package config reads falco.yaml: Gyr's configuration, in Falco's structure,
// with overrides from the command line and values from the environment. It
// also holds the default configuration and rules, inside the binary.
package config

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"time"

	"go.yaml.in/yaml/v4"
)

// The files Gyr looks for, Falco's own, and the names under which the copies
// inside the binary appear in messages.
const (
	DefaultPath           = "/etc/falco/falco.yaml"
	DefaultRulesPath      = "/etc/falco/falco_rules.yaml"
	DefaultLocalRulesPath = "/etc/falco/falco_rules.local.yaml"

	EmbeddedConfig     = "embedded:falco.yaml"
	EmbeddedRules      = "embedded:falco_rules.yaml"
	EmbeddedLocalRules = "embedded:falco_rules.local.yaml"
)

// Config is a configuration: the keys of falco.yaml that are in force.
type Config struct {
	// ConfigFiles are the further files and directories of configuration; Files
	// are those that were read, the main one first, none for what is inside the
	// binary.
	ConfigFiles []ConfigFile
	Files       []File
	// RulesFiles are files and directories of rules in the order they are
	// read; RulesSources reads them.
	RulesFiles []string
	// Rules switch rules on and off after all files of rules are read, in order.
	Rules  []Selector
	Engine Engine
	// Priority is the least important priority of which rules are loaded, in
	// lower case; one of the names the rules package knows.
	Priority string
	// RuleMatching says which of several matching rules raise alerts.
	RuleMatching RuleMatching

	JSONOutput                      bool
	JSONIncludeOutputProperty       bool
	JSONIncludeMessageProperty      bool
	JSONIncludeOutputFieldsProperty bool
	JSONIncludeTagsProperty         bool
	TimeFormatISO8601               bool
	AppendOutput                    []AppendOutput
	// StaticFields are in the order of the file, each name once.
	StaticFields []StaticField
	// BufferFormatBase64 shows buffers of bytes as base64.
	BufferFormatBase64 bool

	StdoutOutput  StdoutOutput
	SyslogOutput  SyslogOutput
	FileOutput    FileOutput
	HTTPOutput    HTTPOutput
	ProgramOutput ProgramOutput

	BufferedOutputs bool
	OutputsQueue    OutputsQueue
	// OutputTimeout is how long an output may take for an alert until that is
	// logged; 0: any time.
	OutputTimeout time.Duration

	SyscallEventDrops SyscallEventDrops

	Libs Libs

	// WatchConfigFiles says whether files of rules and configuration that change are
	// read anew without being told to.
	WatchConfigFiles bool

	Webserver Webserver
	Metrics   Metrics

	Containers Containers

	LogStderr bool
	// LogLevel is the least important level of log messages, in lower case:
	// emergency, alert, critical, error, warning, notice, info or debug.
	LogLevel string

	// Gyr holds what Falco has no settings for.
	Gyr Gyr
}

// Libs are the keys of falco_libs that mean something here.
type Libs struct {
	// Snaplen is how many bytes of what a call reads or writes are kept for the
	// rules that ask for them.
	Snaplen int
}

// Engine says where system-call events come from.
type Engine struct {
	// Kind is always KindModernEBPF today.
	Kind       string
	ModernEBPF ModernEBPF
}

// KindModernEBPF is the engine kind that reads the running kernel.
const KindModernEBPF = "modern_ebpf"

// ModernEBPF are the settings of the running kernel as a source.
type ModernEBPF struct {
	// BufSizePreset is the size of a buffer as Falco counts them, 1 to 10.
	BufSizePreset int
}

// BufferBytes is the size of one buffer in bytes: 1 MiB for preset 1, doubled
// with every step.
func (m ModernEBPF) BufferBytes() int { return 1 << (20 + m.BufSizePreset - 1) }

// RuleMatching says which of the rules that match an event raise an alert.
type RuleMatching string

// The ways of rule matching.
const (
	MatchFirst RuleMatching = "first"
	MatchAll   RuleMatching = "all"
)

// SuggestedOutput reports whether outputs get the fields that name container
// and pod.
func (c *Config) SuggestedOutput() bool {
	for _, a := range c.AppendOutput {
		if a.SuggestedOutput {
			return true
		}
	}
	return false
}

// absent is the configuration of an empty file.
func absent() *Config {
	return &Config{
		RulesFiles:                      []string{DefaultRulesPath, DefaultLocalRulesPath, "/etc/falco/rules.d"},
		Engine:                          Engine{Kind: KindModernEBPF, ModernEBPF: ModernEBPF{BufSizePreset: 4}},
		Priority:                        "debug",
		RuleMatching:                    MatchFirst,
		JSONIncludeOutputProperty:       true,
		JSONIncludeOutputFieldsProperty: true,
		JSONIncludeTagsProperty:         true,
		AppendOutput:                    []AppendOutput{{SuggestedOutput: true}},
		FileOutput:                      FileOutput{Filename: "./events.txt"},
		HTTPOutput:                      absentHTTP(),
		OutputTimeout:                   2 * time.Second,
		SyscallEventDrops:               absentDrops(),
		Libs:                            Libs{Snaplen: 80},
		WatchConfigFiles:                true,
		Webserver:                       absentWebserver(),
		Containers:                      absentContainers(),
		LogLevel:                        "info",
		Gyr:                             absentGyr(),
	}
}

// Default returns the configuration of the default falco.yaml.
func Default() *Config {
	// Without the further files the file names: they are the machine's.
	c, _, err := Parse(EmbeddedConfig, DefaultFile(), nil, os.Getenv)
	if err != nil {
		// The file is part of the binary and a test reads it.
		panic(fmt.Sprintf("the configuration inside the binary is broken: %v", err))
	}
	return c
}

// Load reads the configuration in the file at path, or the default one inside
// the binary for "", and the further files named under config_files. overrides are settings of the form "key=value" that count
// before those of the files, each on top of the ones before; see the comments
// of the default file for the forms of key and value.
//
// An error is an Errors with everything that is wrong in the file and the
// overrides, or the reason why the file could not be read. The warnings name
// keys that have no effect; they come with an error too.
func Load(path string, overrides []string) (*Config, []Warning, error) {
	r, c, err := load(path, overrides)
	return c, r.warnings, err
}

// open reads the main file.
func open(path string) (r *reader, data []byte, err error) {
	if path == "" {
		return &reader{file: EmbeddedConfig, getenv: os.Getenv}, DefaultFile(), nil
	}
	if data, err = os.ReadFile(path); err != nil {
		return nil, nil, fmt.Errorf("reading the configuration: %w; give the file with -c, or leave -c out to use the built-in configuration", err)
	}
	return &reader{file: path, getenv: os.Getenv, sums: []File{{path, sha256.Sum256(data)}}}, data, nil
}

// Parse is Load for a configuration in memory: name stands for it in messages,
// and getenv gives the values of environment variables. No other file is read:
// those named under config_files are not.
func Parse(name string, data []byte, overrides []string, getenv func(string) string) (*Config, []Warning, error) {
	r := &reader{file: name, getenv: getenv}
	c := r.read(data, overrides, false)
	if len(r.errors) > 0 {
		return nil, r.warnings, r.errors
	}
	return c, r.warnings, nil
}

// read makes a configuration of the main file, the further files it or an
// override names, if those are to be read, and the overrides. It is of no use
// where there are errors.
func (r *reader) read(data []byte, overrides []string, further bool) *Config {
	root := r.tree(data, overrides, further)
	c := absent()
	keys, p := settings(c), plugins{containers: &c.Containers}
	keys["plugins"], keys["load_plugins"] = p.read, p.readLoad
	r.mapping(root, "", keys)
	p.warn(r)
	r.checkStatics(c)
	c.Files = r.sums
	return c
}

// tree is what read reads, as nodes.
func (r *reader) tree(data []byte, overrides []string, further bool) *yaml.Node {
	root := r.parse(r.file, data)
	// Those that say which files to read have to come first.
	for _, o := range overrides {
		if namesFiles(o) {
			r.override(root, o)
		}
	}
	if further {
		r.include(root)
	}
	for _, o := range overrides {
		if !namesFiles(o) {
			r.override(root, o)
		}
	}
	return root
}

// settings maps every key in force to what reads its value into c.
func settings(c *Config) map[string]setting {
	all := map[string]setting{
		configFilesKey: configFiles(&c.ConfigFiles),
		"rules_files":  texts(&c.RulesFiles),
		"rules":        selectors(&c.Rules),
		// Falco's older name for the same.
		"rules_file": texts(&c.RulesFiles),
		"engine": group(map[string]setting{
			"kind": engineKind(&c.Engine.Kind),
			"modern_ebpf": group(map[string]setting{
				"buf_size_preset": number(&c.Engine.ModernEBPF.BufSizePreset, 1, 10),
			}),
		}),
		"priority":                            priority(&c.Priority),
		"rule_matching":                       choice((*string)(&c.RuleMatching), string(MatchFirst), string(MatchAll)),
		"json_output":                         truth(&c.JSONOutput),
		"json_include_output_property":        truth(&c.JSONIncludeOutputProperty),
		"json_include_message_property":       truth(&c.JSONIncludeMessageProperty),
		"json_include_output_fields_property": truth(&c.JSONIncludeOutputFieldsProperty),
		"json_include_tags_property":          truth(&c.JSONIncludeTagsProperty),
		"time_format_iso_8601":                truth(&c.TimeFormatISO8601),
		"append_output":                       appendOutput(&c.AppendOutput),
		"static_fields":                       staticFields(&c.StaticFields),
		"buffer_format_base64":                truth(&c.BufferFormatBase64),
		"buffered_outputs":                    truth(&c.BufferedOutputs),
		"syscall_event_drops":                 drops(&c.SyscallEventDrops),
		"falco_libs":                          group(map[string]setting{"snaplen": number(&c.Libs.Snaplen, 0, 65535)}),
		"watch_config_files":                  truth(&c.WatchConfigFiles),
		"webserver":                           webserver(&c.Webserver),
		"metrics":                             metrics(&c.Metrics),
		"log_stderr":                          truth(&c.LogStderr),
		"log_level":                           choice(&c.LogLevel, "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"),
		"gyr":                                 gyrSettings(c),
	}
	maps.Copy(all, outputs(c))
	return all
}
