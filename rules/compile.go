package rules

import (
	"errors"
	"fmt"

	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/field"
)

// compile makes the set of all that was defined.
func (l *loader) compile() *Set {
	set := &Set{RequiredPlugins: l.plugins}
	if l.engine != (version{}) {
		set.RequiredEngine = l.engine.String()
	}
	for _, def := range l.macros.all {
		l.resolve(def, nil)
	}
	for _, def := range l.rules.all {
		if def.foreign && def.source != field.K8sAudit {
			set.All = append(set.All, l.foreignRule(def))
			continue
		}
		r := l.compileRule(def)
		if r == nil {
			continue
		}
		set.All = append(set.All, r)
		switch {
		case def.foreign: // checked, but nothing delivers its events
		case l.waits(r):
			set.Waiting = append(set.Waiting, r)
		default:
			set.Rules = append(set.Rules, r)
		}
	}
	for _, def := range l.lists.all {
		set.Lists = append(set.Lists, l.describeList(def))
	}
	for i, def := range l.lists.all {
		set.Lists[i].Used = def.used
	}
	for _, def := range l.macros.all {
		set.Macros = append(set.Macros, describeMacro(def))
	}
	if len(l.errors) == 0 {
		l.unused()
	}
	return set
}

func (l *loader) describeList(def *listDef) *List {
	list := &List{
		Name: def.name, Expanded: l.expandList(def),
		File: def.place.src.name, Line: def.place.line, Column: def.place.column,
	}
	for _, t := range def.items {
		list.Items = append(list.Items, t.value)
	}
	return list
}

func describeMacro(def *macroDef) *Macro {
	return &Macro{
		Name: def.name, ConditionText: def.condition.trimmed(), Condition: def.own.tree,
		Expanded: def.full, Direct: def.own.direct(), Used: def.used,
		File: def.place.src.name, Line: def.place.line, Column: def.place.column,
	}
}

// unused warns of macros and lists nothing refers to. It is told only for files
// without errors: what is behind an error may be the use.
func (l *loader) unused() {
	for _, def := range l.macros.all {
		if !def.used {
			l.warn(WarnUnusedMacro, def.place, "no rule or macro refers to the macro %q: remove it, or use it", def.name)
		}
	}
	for _, def := range l.lists.all {
		if !def.used {
			l.warn(WarnUnusedList, def.place, "no rule, macro or list refers to the list %q: remove it, or use it", def.name)
		}
	}
}

// compileRule checks a rule. It returns nil where the rule is not to be loaded.
func (l *loader) compileRule(def *ruleDef) *Rule {
	if def.broken || len(def.condition) == 0 {
		return nil
	}
	r := newRule(def)
	skip := false
	x := l.ruleCondition(def, &skip)
	r.Template = l.ruleOutput(def, &skip)
	if x == nil || r.Template == nil || skip {
		return nil
	}
	r.Condition = expand(x)
	pred, err := condition.CompileFor(r.Condition, def.source)
	if err != nil {
		l.fail(ErrCompileCondition, def.conditionPlace, "the condition cannot be compiled: %s", err)
		return nil
	}
	r.Predicate = pred
	if !l.statics(def, r) {
		return nil
	}
	r.Macros, r.Lists = x.references()
	r.Direct = x.direct()
	l.ruleWarnings(def, r, x)
	return r
}

func newRule(def *ruleDef) *Rule {
	r := &Rule{
		Name: def.name, Desc: def.desc.value,
		ConditionText: def.condition.trimmed(), Output: def.output.trimmed(),
		Priority: def.priority, Tags: sortedTags(def.tags), Source: def.source, Enabled: def.enabled,
		Capture: def.capture, CaptureDuration: def.captureDuration,
		File: def.place.src.name, Line: def.place.line, Column: def.place.column,
	}
	for _, ex := range def.exceptions {
		e := Exception{Name: ex.name.value}
		for i := range ex.fields {
			e.Fields = append(e.Fields, ex.fields[i].value)
			e.Comparisons = append(e.Comparisons, ex.comps[i].value)
		}
		r.Exceptions = append(r.Exceptions, e)
	}
	return r
}

// ruleCondition parses and checks a rule's condition; nil after an error. skip
// is set where the rule is to be left out because of an unknown field.
func (l *loader) ruleCondition(def *ruleDef, skip *bool) *expression {
	s, ok := l.withExceptions(def)
	x := &expression{}
	if !ok {
		return nil
	}
	l.parse(x, s, def.conditionPlace)
	if x.failed {
		return nil
	}
	l.refer(x, everything, nil)
	for _, part := range x.closure() {
		if part.tree == nil {
			continue
		}
		fault := part.check(def.source).fault
		if fault == nil {
			continue
		}
		at := part.at(fault.Offset)
		if fault.Unknown && def.skipUnknown {
			*skip = true
			l.warn(WarnUnknownFilter, at, "the rule %q is skipped: %s", def.name, fault.Msg)
			continue
		}
		ok = false
		l.fail(ErrCompileCondition, at, "%s", fault.Msg)
	}
	ok = l.exceptionFields(def, skip) && ok
	if !ok || x.failed || *skip || !l.fits(x) {
		return nil
	}
	if spend(&l.spent.comparisons, x.size(), maxAllComparisons) {
		l.fail(ErrValidate, def.conditionPlace, "the rules hold more than %d comparisons with their macros put in: load fewer or smaller rules", maxAllComparisons)
	}
	if l.spent.comparisons > maxAllComparisons {
		return nil
	}
	return x
}

// exceptionFields checks the fields of exceptions without values: they are not
// part of the condition yet, but values may be appended any day.
func (l *loader) exceptionFields(def *ruleDef, skip *bool) bool {
	ok := true
	for _, ex := range def.exceptions {
		if len(ex.values) > 0 {
			continue
		}
		for _, f := range ex.fields {
			ref, err := field.Bind(f.value, "", false)
			if err == nil {
				err = inSource(ref, def.source)
			}
			switch {
			case err == nil:
			case def.skipUnknown && errors.Is(err, field.ErrUnknown):
				*skip = true
				l.warn(WarnUnknownFilter, f.place, "the rule %q is skipped: %s", def.name, err)
			default:
				ok = false
				l.fail(ErrValidate, f.place, "the exception %q: %s", ex.name.value, err)
			}
		}
	}
	return ok
}

// ruleOutput parses a rule's output; nil after an error.
func (l *loader) ruleOutput(def *ruleDef, skip *bool) *Template {
	t, err := ParseTemplate(def.output.String())
	if err == nil {
		err = t.inSource(def.source)
	}
	if err == nil {
		return t
	}
	te := &TemplateError{Msg: err.Error()}
	errors.As(err, &te)
	at := def.output.locate(te.Offset, def.outputPlace)
	at = at.in(outputContext, "", at.line, at.column)
	if te.Unknown && def.skipUnknown {
		*skip = true
		l.warn(WarnUnknownFilter, at, "the rule %q is skipped: %s", def.name, te.Msg)
		return &Template{}
	}
	l.fail(ErrCompileOutput, at, "the output is not valid: %s", te.Msg)
	return nil
}

// tooManyTypes is the number of event types from which on a rule counts as not
// restricted to any.
const tooManyTypes = 100

// ruleWarnings reports what loads but is probably not meant.
func (l *loader) ruleWarnings(def *ruleDef, r *Rule, x *expression) {
	for _, part := range x.closure() {
		for _, w := range part.check(def.source).warnings {
			code := WarnCompileCondition
			if w.Kind == condition.UnsafeNA {
				code = WarnUnsafeNACheck
			}
			l.warn(code, part.at(w.Offset), "%s", w.Msg)
		}
	}
	l.deprecated(def.conditionPlace, "condition", r.Predicate.Fields())
	l.deprecated(def.outputPlace, "output", r.Template.Refs())
	if r.Template.ContainerInfo {
		l.warn(WarnDeprecated, def.outputPlace, "%%container.info is deprecated and removed from the output: the container's fields are appended by themselves")
	}
	if def.warnTypes && !def.foreign && len(r.Predicate.Types().Slice()) > tooManyTypes {
		l.warn(WarnNoEventType, def.conditionPlace,
			"the rule %q is evaluated for nearly every type of event, which costs much time: restrict it with \"evt.type in (...)\", or set \"warn_evttypes: false\"", def.name)
	}
}

func (l *loader) deprecated(p place, part string, refs []*field.Ref) {
	for _, ref := range refs {
		if ref.Field.Deprecated {
			l.warn(WarnDeprecated, p, "the %s uses the field %s, which is deprecated: remove it", part, ref.Field.Name)
		}
	}
}

// waits finds the families a rule waits for and reports whether there is no
// event type it can match yet.
func (l *loader) waits(r *Rule) bool {
	types := r.Predicate.Types()
	if l.opts.AllTypes || types == event.AllTypes() || types.IsEmpty() {
		return false
	}
	var waiting [event.Families]bool
	captured := false
	for _, t := range types.Slice() {
		info := event.Describe(t)
		captured = captured || info.Captured()
		waiting[info.Family] = waiting[info.Family] || !info.Captured()
	}
	for f, wait := range waiting {
		if wait {
			r.WaitsFor = append(r.WaitsFor, event.Family(f))
		}
	}
	return !captured
}

// String is the requirement as messages name it.
func (r PluginRequirement) String() string { return fmt.Sprintf("%s (>= %s)", r.Name, r.Version) }
