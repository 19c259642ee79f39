package rules

import "github.com/gyrsec/gyr/condition"

// macroDef is a macro while files are being read.
type macroDef struct {
	definition
	condition script
	broken    bool
	used      bool
	own       expression
	// full is the condition with all macros put in, set once resolved without
	// an error.
	full condition.Expr
	// size is the number of comparisons in full.
	size int
}

// isIdentifier reports whether a condition can refer to a macro of that name.
func isIdentifier(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}

// macro reads a macro item.
func (l *loader) macro(m fields) {
	name, p, ok := l.name(m, "macro")
	if !ok {
		return
	}
	m.place = p
	l.unknownKeys(m, "macro", "condition", "append", "override")
	if !isIdentifier(name) {
		l.warn(WarnInvalidMacroName, p, "the macro %q can never be referred to: a name is a letter, then letters, digits and _", name)
	}
	mode, ok := l.mode(m, "condition")
	if !ok {
		return
	}
	def := &macroDef{definition: definition{name: name, place: p}}
	if t, ok := l.scalar(m, "condition", macroConditionContext, ""); ok {
		def.condition = scriptOf(t)
	} else {
		def.broken = true
		if !m.has("condition") {
			l.fail(ErrYAMLValidate, p, "the macro %q has no condition: add \"condition: ...\"", name)
		}
	}
	prev, found := l.macros.get(name)
	switch {
	case mode == defineItem || mode == replaceItem && found:
		l.macros.put(def, l.touch())
	case found:
		prev.condition = prev.condition.join(def.condition)
		prev.broken = prev.broken || def.broken
		prev.last = l.touch()
	default:
		l.noPrevious(p, "macro", name, l.macros.names())
		def.broken = true
		l.macros.put(def, l.touch())
	}
}
