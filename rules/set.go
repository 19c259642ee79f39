package rules

import (
	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/event"
)

// SyscallSource is the event source of rules that name none.
const SyscallSource = "syscall"

// Set is a validated set of rules. It is not changed once loaded and is safe
// for concurrent use.
type Set struct {
	// Rules are those that can match, in the order they were first defined,
	// disabled ones included.
	Rules []*Rule
	// Waiting are valid rules none of whose event types the source captures
	// yet. WaitsFor says what they wait for.
	Waiting []*Rule
	// All are the rules in the order they were first defined: Rules, Waiting,
	// and those of a source that is not there. The latter cannot match; of a
	// source whose fields are not known either they have no Predicate.
	All []*Rule
	// Macros and Lists are all that are defined, used or not, in the order they
	// were first defined.
	Macros []*Macro
	Lists  []*List
	// Warnings are in the order of the files.
	Warnings []Diagnostic
	// IdleSelectors are those of Options.Select that fit no rule.
	IdleSelectors []Selector
	// RequiredEngine is the newest engine version a file requires, empty where
	// none does.
	RequiredEngine string
	// RequiredPlugins are the plugins the files require, all of which are
	// there.
	RequiredPlugins []PluginRequirement
}

// Rule is one rule, ready to be evaluated.
type Rule struct {
	Name, Desc string
	// ConditionText is the condition as written, appended parts included;
	// Condition is what it means: lists, macros and exceptions put in.
	ConditionText string
	Condition     condition.Expr
	Predicate     *condition.Predicate
	// Output is the message as written, Template the same parsed.
	Output   string
	Template *Template
	Priority Priority
	// Tags are sorted and without duplicates.
	Tags    []string
	Source  string
	Enabled bool
	// Exceptions are those defined for the rule, with or without values.
	Exceptions []Exception
	// Macros and Lists are the names the condition is made of, those inside
	// macros included, sorted. Direct are those it refers to itself.
	Macros, Lists []string
	Direct        References
	// Capture and CaptureDuration (milliseconds, 0: the configured default)
	// ask for a recording of what follows a match.
	Capture         bool
	CaptureDuration uint64
	// WaitsFor are the families of event types that the condition can match
	// and the source does not capture yet. Empty for a condition without
	// restriction on the type.
	WaitsFor []event.Family
	// File, Line and Column are where the rule was last defined.
	File         string
	Line, Column int
}

// Exception is one of a rule's exceptions. Fields and Comparisons are of equal
// length.
type Exception struct {
	Name                string
	Fields, Comparisons []string
}

// Macro is a named condition.
type Macro struct {
	Name, ConditionText string
	// Condition is the macro's own condition, references to other macros not
	// replaced.
	Condition condition.Expr
	// Expanded is the condition with all macros put in, nil after an error.
	Expanded     condition.Expr
	Direct       References
	Used         bool
	File         string
	Line, Column int
}

// References are the names of macros and lists a condition refers to, sorted.
type References struct{ Macros, Lists []string }

// List is a named list of values.
type List struct {
	Name string
	// Items are as written, names of other lists among them; Expanded are the
	// values.
	Items, Expanded []string
	Used            bool
	File            string
	Line, Column    int
}
