package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

// support is what --support prints, by Falco's keys.
type support struct {
	Version    string            `json:"version"`
	EngineInfo map[string]string `json:"engine_info"`
	Cmdline    string            `json:"cmdline"`
	// Config is the configuration with further files and overrides put in; what is
	// in the environment stays there, as it may be secret.
	Config     string            `json:"config"`
	RulesFiles []supportFile     `json:"rules_files"`
	SystemInfo map[string]string `json:"system_info"`
}

type supportFile struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

func writeSupport(f flags, c *config.Config, stdout io.Writer) error {
	path, err := f.configPath()
	if err != nil {
		return err
	}
	merged, err := config.Merged(path, f.options)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	sysname, nodename, release, kernel, machine := uname()
	s := support{
		Version: version, Cmdline: strings.Join(os.Args, " "), Config: merged, RulesFiles: []supportFile{},
		EngineInfo: map[string]string{"engine_version": rules.EngineVersion},
		SystemInfo: map[string]string{
			"sysname": sysname, "nodename": nodename, "release": release, "version": kernel, "machine": machine,
		},
	}
	sources, _, err := c.RulesSources()
	if err != nil {
		return err
	}
	for _, source := range sources {
		s.RulesFiles = append(s.RulesFiles, supportFile{source.Name, string(source.Data)})
	}
	return writeJSON(stdout, s)
}
