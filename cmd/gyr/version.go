package main

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/server"
)

// writeVersion prints the versions in the form Falco's users parse, and Gyr's own
// lines behind. A configuration that cannot be read must not keep it from that.
func writeVersion(f flags, stdout io.Writer) error {
	v := server.VersionsOf(version)
	if c, _, err := loadConfig(f); err == nil && c.JSONOutput {
		return writeJSON(stdout, v)
	}
	_, err := fmt.Fprintf(stdout, `Falco version: %s (%s)
Libs version:  %s
Plugin API:    %s
Engine:        %s
Driver:
  API version:    %s
  Schema version: %s
  Default driver: %s
gyr version: %s
Go version: %s
Platform: %s/%s
`, v.FalcoVersion, machine(), v.LibsVersion, v.PluginAPIVersion, v.EngineVersionSemver,
		v.DriverAPIVersion, v.DriverSchemaVersion, v.DefaultDriverVersion,
		version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// uname is what the kernel says of itself; "?" where it does not.
func uname() (sysname, nodename, release, kernel, machine string) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "?", "?", "?", "?", "?"
	}
	text := unix.ByteSliceToString
	return text(u.Sysname[:]), text(u.Nodename[:]), text(u.Release[:]), text(u.Version[:]), text(u.Machine[:])
}

func machine() string {
	_, _, _, _, m := uname()
	return m
}

// builtinPlugins says what of Falco's plugins is part of Gyr.
func builtinPlugins() map[string]string {
	return map[string]string{
		"container": "What container and which pod a process is in: container.*, k8s.*. Part of Gyr.",
		"k8smeta":   "What Kubernetes knows of a pod. Its requirements are met; the fields are those of container.",
		"json":      "Fields of events in JSON. Known to rules; no source delivers such events yet.",
		"k8saudit":  "Events of the Kubernetes API server: ka.*. Known to rules; no source delivers them yet.",
	}
}

func listPlugins(stdout io.Writer) error {
	all := rules.BuiltinPlugins()
	fmt.Fprintf(stdout, "%d Plugins Loaded:\n\n", len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		printPlugin(stdout, name)
		if _, err := fmt.Fprintln(stdout); err != nil {
			return err
		}
	}
	return nil
}

func printPlugin(stdout io.Writer, name string) {
	fmt.Fprintf(stdout, "Name: %s\nDescription: %s\nVersion: %s\nCapabilities:\n  - Field Extraction\n", name, builtinPlugins()[name], rules.BuiltinPlugins()[name])
}

func writePlugin(stdout io.Writer, name string) error {
	all := rules.BuiltinPlugins()
	if _, ok := all[name]; !ok {
		return fmt.Errorf("--plugin-info %s: there is no such plugin; --list-plugins lists those there are", name)
	}
	printPlugin(stdout, name)
	if name != "container" {
		_, err := fmt.Fprintln(stdout, "No init config schema: it has no settings.")
		return err
	}
	_, err := fmt.Fprintf(stdout, "Init config schema type: JSON\n%s", config.ContainerPluginSchema())
	return err
}
