package rules

import (
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// The event types that are no system call: one every rule sees, as Falco says
// of it, and the one that carries what plugins deliver.
const (
	asyncEvent  = "asyncevent"
	pluginEvent = "pluginevent"
)

// eventsOf are the names of the event types a rule can match.
func eventsOf(r *Rule) []string {
	switch {
	case r.Source != SyscallSource:
		return []string{asyncEvent, pluginEvent}
	case r.Predicate != nil:
		return typeNames(r.Predicate.Types())
	}
	return eventNames(r.Condition)
}

// eventNames are the names of the event types a condition can hold for; none
// but asyncevent where it cannot be compiled for any source.
func eventNames(x condition.Expr) []string {
	if x == nil {
		return []string{asyncEvent}
	}
	if p, err := condition.Compile(x); err == nil {
		return typeNames(p.Types())
	}
	if _, err := condition.CompileFor(x, field.K8sAudit); err == nil {
		return []string{asyncEvent, pluginEvent}
	}
	return []string{asyncEvent}
}

func typeNames(set event.TypeSet) []string {
	names := []string{asyncEvent}
	for _, t := range set.Slice() {
		names = append(names, t.String())
	}
	return unique(names)
}

// outputFields are the fields of a rule's output. An output of a source that is
// not there has no template: the names are then as written.
func outputFields(r *Rule) []string {
	var names []string
	if r.Template != nil {
		for _, ref := range r.Template.Refs() {
			names = append(names, ref.Name)
		}
		return unique(names)
	}
	for _, part := range strings.Split(r.Output, "%")[1:] {
		part = strings.TrimLeft(part, "0123456789")
		end := strings.IndexFunc(part, func(c rune) bool {
			return c != '_' && c != '.' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
		})
		name, rest := part, ""
		if end >= 0 {
			name, rest = part[:end], part[end:]
		}
		if argument, _, closed := strings.Cut(rest, "]"); closed && strings.HasPrefix(argument, "[") {
			name += argument + "]"
		}
		if name = strings.TrimRight(name, "."); name != "" {
			names = append(names, name)
		}
	}
	return unique(names)
}

// pluginsOf are the plugins that provide fields or a source under Falco.
func pluginsOf(source string, fields []string) []string {
	var plugins []string
	if source == field.K8sAudit {
		plugins = append(plugins, "k8saudit")
	}
	for _, name := range fields {
		if p := pluginOf(name); p != "" {
			plugins = append(plugins, p)
		}
	}
	return unique(plugins)
}

func pluginOf(name string) string {
	class, _, _ := strings.Cut(name, ".")
	switch {
	case slices.Contains([]string{"container", "k8s"}, class), strings.HasPrefix(name, "proc.is_container_"):
		return "container"
	case class == "k8smeta":
		return "k8smeta"
	case class == "ka":
		return "k8saudit"
	case class == "jevt", class == "json":
		return "json"
	}
	return ""
}
