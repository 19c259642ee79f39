package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/gyrsec/gyr/condition"
)

// Overview is what rule files define, rule by rule, in the shape Falco prints
// as JSON. No list in it is nil, so that each prints as [].
type Overview struct {
	Lists  []ListOverview  `json:"lists"`
	Macros []MacroOverview `json:"macros"`
	// RequiredEngineVersion is "0.0.0" where no file requires one.
	RequiredEngineVersion  string           `json:"required_engine_version"`
	RequiredPluginVersions []PluginOverview `json:"required_plugin_versions"`
	Rules                  []RuleOverview   `json:"rules"`
}

// PluginOverview is a required plugin.
type PluginOverview struct {
	Alternatives []PluginVersion `json:"alternatives"`
	PluginVersion
}

// PluginVersion is a plugin and the version it must at least have.
type PluginVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// RuleOverview is one rule: what it says, and what follows from it.
type RuleOverview struct {
	Details RuleDetails `json:"details"`
	Info    RuleInfo    `json:"info"`
}

// RuleInfo is a rule as written, changes by later items included.
type RuleInfo struct {
	Capture bool `json:"capture"`
	// CaptureDuration is in milliseconds, 0 for the configured default.
	CaptureDuration uint64   `json:"capture_duration"`
	Condition       string   `json:"condition"`
	Description     string   `json:"description"`
	Enabled         bool     `json:"enabled"`
	Name            string   `json:"name"`
	Output          string   `json:"output"`
	Priority        string   `json:"priority"`
	Source          string   `json:"source"`
	Tags            []string `json:"tags"`
	// WaitsFor are the families of event types the rule names and the live
	// source does not capture yet.
	WaitsFor []string `json:"waits_for,omitempty"`
}

// RuleDetails are what a rule is made of. Names are sorted, each once.
type RuleDetails struct {
	ConditionCompiled  string   `json:"condition_compiled"`
	ConditionFields    []string `json:"condition_fields"`
	ConditionOperators []string `json:"condition_operators"`
	Events             []string `json:"events"`
	ExceptionFields    []string `json:"exception_fields"`
	ExceptionNames     []string `json:"exception_names"`
	ExceptionOperators []string `json:"exception_operators"`
	// Lists and Macros are those the condition itself names.
	Lists          []string `json:"lists"`
	Macros         []string `json:"macros"`
	OutputCompiled string   `json:"output_compiled"`
	OutputFields   []string `json:"output_fields"`
	// Plugins are those of Falco's that provide a field or the source.
	Plugins []string `json:"plugins"`
}

// MacroOverview is one macro.
type MacroOverview struct {
	Details MacroDetails `json:"details"`
	Info    MacroInfo    `json:"info"`
}

// MacroInfo is a macro as written.
type MacroInfo struct {
	Condition string `json:"condition"`
	Name      string `json:"name"`
}

// MacroDetails are what a macro is made of, as for a rule.
type MacroDetails struct {
	ConditionCompiled  string   `json:"condition_compiled"`
	ConditionFields    []string `json:"condition_fields"`
	ConditionOperators []string `json:"condition_operators"`
	Events             []string `json:"events"`
	Lists              []string `json:"lists"`
	Macros             []string `json:"macros"`
	Plugins            []string `json:"plugins"` // always empty
}

// ListOverview is one list.
type ListOverview struct {
	Details ListDetails `json:"details"`
	Info    ListInfo    `json:"info"`
}

// ListInfo is a list as written, without the names of other lists.
type ListInfo struct {
	Items []string `json:"items"`
	Name  string   `json:"name"`
}

// ListDetails are the lists a list holds and the values that makes.
type ListDetails struct {
	ItemsCompiled []string `json:"items_compiled"`
	Lists         []string `json:"lists"`
	Plugins       []string `json:"plugins"` // always empty
}

// Describe describes everything in the set: rules that wait and rules of
// sources that are not there, too.
func Describe(s *Set) *Overview {
	o := required(s)
	for _, r := range s.All {
		o.Rules = append(o.Rules, describeRule(r))
	}
	for _, m := range s.Macros {
		o.Macros = append(o.Macros, overviewOfMacro(m))
	}
	known := listsByName(s)
	for _, l := range s.Lists {
		o.Lists = append(o.Lists, overviewOfList(known, l))
	}
	return o
}

// DescribeRule describes one rule with the macros and lists it is made of; ok
// is false where there is none of that name.
func DescribeRule(s *Set, name string) (o *Overview, ok bool) {
	i := slices.IndexFunc(s.All, func(r *Rule) bool { return r.Name == name })
	if i < 0 {
		return nil, false
	}
	r := s.All[i]
	o = required(s)
	o.Rules = append(o.Rules, describeRule(r))
	for _, m := range s.Macros {
		if slices.Contains(r.Macros, m.Name) {
			o.Macros = append(o.Macros, overviewOfMacro(m))
		}
	}
	known := listsByName(s)
	used := listsWithin(known, r.Lists)
	for _, l := range s.Lists {
		if used[l.Name] {
			o.Lists = append(o.Lists, overviewOfList(known, l))
		}
	}
	return o, true
}

// NearestRule is the name of the rule closest to name, "" when none is close.
func NearestRule(s *Set, name string) string {
	var names []string
	for _, r := range s.All {
		names = append(names, r.Name)
	}
	return nearest(name, names)
}

// required is an overview that holds only what the files require.
func required(s *Set) *Overview {
	o := &Overview{
		RequiredEngineVersion: s.RequiredEngine, RequiredPluginVersions: []PluginOverview{},
		Lists: []ListOverview{}, Macros: []MacroOverview{}, Rules: []RuleOverview{},
	}
	if o.RequiredEngineVersion == "" {
		o.RequiredEngineVersion = version{}.String()
	}
	for _, p := range s.RequiredPlugins {
		v := PluginOverview{PluginVersion: PluginVersion{p.Name, p.Version}, Alternatives: []PluginVersion{}}
		for _, a := range p.Alternatives {
			v.Alternatives = append(v.Alternatives, PluginVersion{a.Name, a.Version})
		}
		o.RequiredPluginVersions = append(o.RequiredPluginVersions, v)
	}
	return o
}

func describeRule(r *Rule) RuleOverview {
	o := RuleOverview{
		Info: RuleInfo{
			Name: r.Name, Description: r.Desc, Condition: r.ConditionText, Output: r.Output,
			Priority: r.Priority.String(), Source: r.Source, Enabled: r.Enabled, Tags: some(r.Tags),
			Capture: r.Capture, CaptureDuration: r.CaptureDuration,
		},
		Details: RuleDetails{
			Macros: some(r.Direct.Macros), Lists: some(r.Direct.Lists),
			OutputCompiled: r.Output, OutputFields: outputFields(r),
			ExceptionNames: []string{}, ExceptionFields: []string{}, ExceptionOperators: []string{},
		},
	}
	for _, f := range r.WaitsFor {
		o.Info.WaitsFor = append(o.Info.WaitsFor, f.String())
	}
	d := &o.Details
	for _, ex := range r.Exceptions {
		d.ExceptionNames = append(d.ExceptionNames, ex.Name)
		d.ExceptionFields = append(d.ExceptionFields, ex.Fields...)
		d.ExceptionOperators = append(d.ExceptionOperators, ex.Comparisons...)
	}
	d.ExceptionNames, d.ExceptionFields, d.ExceptionOperators = unique(d.ExceptionNames), unique(d.ExceptionFields), unique(d.ExceptionOperators)
	d.ConditionCompiled, d.ConditionFields, d.ConditionOperators = parts(r.Condition)
	d.Events = eventsOf(r)
	d.Plugins = pluginsOf(r.Source, append(slices.Clone(d.ConditionFields), d.OutputFields...))
	return o
}

func overviewOfMacro(m *Macro) MacroOverview {
	d := MacroDetails{
		Macros: some(m.Direct.Macros), Lists: some(m.Direct.Lists), Plugins: []string{}, Events: eventNames(m.Expanded),
	}
	d.ConditionCompiled, d.ConditionFields, d.ConditionOperators = parts(m.Expanded)
	return MacroOverview{Info: MacroInfo{Name: m.Name, Condition: m.ConditionText}, Details: d}
}

func overviewOfList(known map[string]*List, l *List) ListOverview {
	items, lists := []string{}, []string{}
	for _, item := range l.Items {
		if known[item] != nil {
			lists = append(lists, item)
		} else {
			items = append(items, item)
		}
	}
	return ListOverview{
		Info:    ListInfo{Name: l.Name, Items: items},
		Details: ListDetails{Lists: unique(lists), ItemsCompiled: some(l.Expanded), Plugins: []string{}},
	}
}

func listsByName(s *Set) map[string]*List {
	known := make(map[string]*List, len(s.Lists))
	for _, l := range s.Lists {
		known[l.Name] = l
	}
	return known
}

// listsWithin are the named lists and the lists they hold.
func listsWithin(known map[string]*List, names []string) map[string]bool {
	used := map[string]bool{}
	var visit func(names []string)
	visit = func(names []string) {
		for _, name := range names {
			if l := known[name]; l != nil && !used[name] {
				used[name] = true
				visit(l.Items)
			}
		}
	}
	visit(names)
	return used
}

// some is the list, empty instead of nil.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// unique is the list sorted, each entry once.
func unique(list []string) []string {
	sorted := slices.Sorted(slices.Values(list))
	return some(slices.Compact(sorted))
}

// parts are the canonical text of a condition and the fields and operators in
// it; nil is a condition that could not be read.
func parts(x condition.Expr) (compiled string, fields, operators []string) {
	u := usage{fields: map[string]bool{}, operators: map[string]bool{}}
	if x != nil {
		compiled = condition.Print(x)
		u.visit(x)
	}
	return compiled, some(slices.Sorted(maps.Keys(u.fields))), some(slices.Sorted(maps.Keys(u.operators)))
}

// usage collects what a condition is made of.
type usage struct{ fields, operators map[string]bool }

func (u usage) visit(x condition.Expr) {
	switch x := x.(type) {
	case *condition.And:
		u.all(x.Of)
	case *condition.Or:
		u.all(x.Of)
	case *condition.Not:
		u.visit(x.X)
	case *condition.Exists:
		u.operators["exists"] = true
		u.operand(x.Left)
	case *condition.Compare:
		u.operators[strings.TrimSpace(x.Op.String()+" "+x.Modifier.String())] = true
		u.operand(x.Left)
		for _, v := range x.Values {
			u.operand(v.Operand)
		}
	}
}

func (u usage) all(of []condition.Expr) {
	for _, x := range of {
		u.visit(x)
	}
}

func (u usage) operand(o condition.Operand) {
	switch o := o.(type) {
	case *condition.FieldRef:
		name := o.Name
		if o.HasArg {
			name += "[" + o.Arg + "]"
		}
		u.fields[name] = true
	case *condition.Transform:
		for _, p := range o.Params {
			u.operand(p)
		}
	case *condition.Literal:
		u.operand(o.Value.Operand)
	case *condition.ListLiteral:
		for _, p := range o.Of {
			u.operand(p)
		}
	}
}
