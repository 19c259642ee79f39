package rules

import (
	"slices"
	"strconv"
	"strings"
)

// ruleDef is a rule while files are being read.
type ruleDef struct {
	definition
	condition, output script
	desc              text
	conditionPlace    place
	outputPlace       place
	priority          Priority
	source            string
	enabled           bool
	capture           bool
	captureDuration   uint64
	warnTypes         bool
	skipUnknown       bool
	tags              []string
	exceptions        []*exceptionDef
	// broken is set once an error in it was reported.
	broken bool
	// foreign is set where no source of that name is known.
	foreign bool
}

// ruleKeys are the keys of a rule.
func ruleKeys() []string {
	return []string{
		"rule", "condition", "output", "desc", "priority", "source", "enabled", "capture", "capture_duration",
		"warn_evttypes", "skip-if-unknown-filter", "tags", "exceptions", "append", "override",
	}
}

// rule reads a rule item.
func (l *loader) rule(m fields) {
	name, p, ok := l.name(m, "rule")
	if !ok {
		return
	}
	m.place = p
	l.unknownKeys(m, ruleKeys()...)
	appendable := []string{"condition", "output", "desc", "tags", "exceptions"}
	o, ok := l.overrides(m, appendable, append(appendable,
		"priority", "capture", "capture_duration", "enabled", "warn_evttypes", "skip-if-unknown-filter"))
	if !ok {
		return
	}
	switch {
	case o.flag:
		o.append["condition"], o.append["exceptions"] = m.has("condition"), m.has("exceptions")
		l.changeRule(m, name, o)
	case o.any():
		l.changeRule(m, name, o)
	case m.has("enabled") && !m.has("condition") && !m.has("output") && !m.has("desc") && !m.has("priority"):
		l.enableRule(m, name)
	default:
		l.defineRule(m, name)
	}
}

// enableRule switches an earlier rule on or off.
func (l *loader) enableRule(m fields, name string) {
	l.warn(WarnDeprecated, m.at("enabled", valueContext, "enabled"),
		"\"enabled\" alone is deprecated: add \"override:\" with \"enabled: replace\"")
	def, ok := l.rules.get(name)
	if !ok {
		l.noPrevious(m.place, "rule", name, l.rules.names())
		return
	}
	def.enabled = l.boolean(m, "enabled", def.enabled)
	def.last = l.touch()
}

// defineRule defines a rule, or defines it anew.
func (l *loader) defineRule(m fields, name string) {
	def := &ruleDef{
		definition: definition{name: name, place: m.place},
		source:     SyscallSource, enabled: true, warnTypes: true,
	}
	var missing []string
	for _, key := range []string{"condition", "output", "desc", "priority"} {
		if !m.has(key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		def.broken = true
		l.fail(ErrYAMLValidate, m.place, "the rule %q has no %s: add %q to it", name,
			strings.Join(missing, ", no "), strings.Join(missing, ": ...\", \"")+": ...")
	}
	if t, ok := l.scalar(m, "source", valueContext, "source"); ok {
		def.source = t.value
	}
	for _, key := range []string{
		"condition", "output", "desc", "priority", "enabled", "capture", "capture_duration",
		"warn_evttypes", "skip-if-unknown-filter", "tags", "exceptions",
	} {
		if m.has(key) {
			l.setRule(def, m, key)
		}
	}
	prev, found := l.rules.get(name)
	if found && prev.source != def.source {
		def.broken = true
		l.fail(ErrValidate, m.place, "the rule %q is defined again with source %q, before it was %q: give it the same source or another name",
			name, def.source, prev.source)
	}
	if def.foreign = def.source != SyscallSource; def.foreign {
		at := m.place
		if m.has("source") {
			at = m.at("source", valueContext, "source")
		}
		l.warn(WarnUnknownSource, at, "no source %q is available: the rule %q is not loaded", def.source, name)
	}
	l.rules.put(def, l.touch())
}

// changeRule changes an earlier rule: appends first, then replaces.
func (l *loader) changeRule(m fields, name string, o overrides) {
	def, ok := l.rules.get(name)
	if !ok {
		l.noPrevious(m.place, "rule", name, l.rules.names())
		return
	}
	for _, key := range m.order {
		if o.append[key] {
			l.appendRule(def, m, key)
		}
	}
	for _, key := range m.order {
		if o.replace[key] {
			l.setRule(def, m, key)
		}
	}
	def.last = l.touch()
}

// appendRule appends to one part of a rule.
func (l *loader) appendRule(def *ruleDef, m fields, key string) {
	old := *def
	switch key {
	case "tags":
		l.setRule(def, m, key)
		def.tags = append(old.tags, def.tags...)
		return
	case "exceptions":
		l.appendExceptions(def, m)
		return
	}
	l.setRule(def, m, key)
	switch key {
	case "condition":
		def.condition = old.condition.join(def.condition)
	case "output":
		def.output = old.output.join(def.output)
	case "desc":
		def.desc.value = old.desc.value + " " + def.desc.value
	}
}

// setRule sets one part of a rule from the item's key.
func (l *loader) setRule(def *ruleDef, m fields, key string) {
	ok := true
	switch key {
	case "condition":
		var t text
		if t, ok = l.scalar(m, key, ruleConditionContext, ""); ok {
			def.condition, def.conditionPlace = scriptOf(t), t.place
		}
	case "output":
		var t text
		if t, ok = l.scalar(m, key, ruleOutputContext, ""); ok {
			def.output, def.outputPlace = trimScript(t), t.place
		}
	case "desc":
		def.desc, ok = l.scalar(m, key, valueContext, key)
	case "priority":
		ok = l.setPriority(def, m)
	case "enabled":
		def.enabled = l.boolean(m, key, def.enabled)
	case "capture":
		def.capture = l.boolean(m, key, def.capture)
	case "capture_duration":
		ok = l.setDuration(def, m)
	case "warn_evttypes":
		def.warnTypes = l.boolean(m, key, def.warnTypes)
	case "skip-if-unknown-filter":
		def.skipUnknown = l.boolean(m, key, def.skipUnknown)
	case "tags":
		var tags []text
		tags, ok = l.texts(m, key, valueContext, valueContext)
		def.tags = nil
		for _, t := range tags {
			def.tags = append(def.tags, t.value)
		}
	case "exceptions":
		def.exceptions, ok = l.exceptions(m)
	}
	def.broken = def.broken || !ok
}

// trimScript is a text without the white space around it, which a block scalar
// leaves at its end.
func trimScript(t text) script {
	body := strings.TrimLeft(t.value, " \t\r\n")
	return script{{
		text: strings.TrimRight(body, " \t\r\n"), from: t.origin, offset: len(t.value) - len(body),
	}}
}

func (l *loader) setPriority(def *ruleDef, m fields) bool {
	t, ok := l.scalar(m, "priority", rulePriorityContext, "")
	if !ok {
		return false
	}
	p, ok := ParsePriority(strings.TrimSpace(t.value))
	if !ok {
		l.fail(ErrYAMLValidate, t.place, "%q is no priority%s; it is one of %s",
			cut(t.value), didYouMean(nearest(t.value, priorityNames[:])), strings.ToLower(strings.Join(priorityNames[:], ", ")))
	}
	// The rest of the rule is checked all the same, so that all errors are told.
	def.priority = p
	return true
}

func (l *loader) setDuration(def *ruleDef, m fields) bool {
	t, ok := l.scalar(m, "capture_duration", valueContext, "capture_duration")
	if !ok {
		return false
	}
	n, err := strconv.ParseUint(t.value, 10, 64)
	if err != nil {
		l.fail(ErrYAMLValidate, t.place, "the value of \"capture_duration\" must be a number of milliseconds, not %q", cut(t.value))
		return false
	}
	def.captureDuration = n
	return true
}

// sortedTags are a rule's tags in order, each once.
func sortedTags(tags []string) []string {
	sorted := slices.Clone(tags)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
