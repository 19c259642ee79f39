package field

import "slices"

// The sources of events that fields are about.
const (
	Syscall  = "syscall"
	K8sAudit = "k8s_audit"
)

// In reports whether events of the source have the field.
func (f *Field) In(source string) bool {
	return len(f.Sources) == 0 || slices.Contains(f.Sources, source)
}

// sourcesOf are the sources of a field of a class. What is known of any event,
// wherever it comes from, has none in particular.
func sourcesOf(class, name string) []string {
	switch class {
	case "k8saudit", "json":
		return []string{K8sAudit}
	case Static:
		return nil
	case "evt":
		if isGeneric(name) {
			return nil
		}
	}
	return []string{Syscall}
}

func isGeneric(name string) bool {
	switch name {
	case "evt.num", "evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s",
		"evt.rawtime", "evt.rawtime.s", "evt.rawtime.ns", "evt.reltime", "evt.reltime.s", "evt.reltime.ns",
		"evt.pluginname", "evt.plugininfo", "evt.source", "evt.is_async", "evt.asynctype", "evt.hostname":
		return true
	}
	return false
}
