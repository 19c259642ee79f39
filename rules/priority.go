package rules

import "strings"

// Priority is a rule's severity, as syslog orders them: the lower, the more
// severe.
type Priority uint8

// The priorities.
const (
	Emergency Priority = iota
	Alert
	Critical
	Error
	Warning
	Notice
	Informational
	Debug
)

var priorityNames = [...]string{
	"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug",
}

// String is the priority's name as alerts print it.
func (p Priority) String() string {
	if int(p) < len(priorityNames) {
		return priorityNames[p]
	}
	return "Unknown"
}

// ParsePriority returns the priority with that name in any letter case; "info"
// is short for Informational. ok is false for any other word.
func ParsePriority(name string) (p Priority, ok bool) {
	if strings.EqualFold(name, "info") {
		return Informational, true
	}
	for i, n := range priorityNames {
		if strings.EqualFold(name, n) {
			return Priority(i), true
		}
	}
	return 0, false
}
