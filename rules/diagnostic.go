package rules

import (
	"fmt"
	"strings"
)

// The codes of errors: with one of them, the files are refused as a whole.
const (
	ErrFileRead         = "LOAD_ERR_FILE_READ"
	ErrYAMLParse        = "LOAD_ERR_YAML_PARSE"
	ErrYAMLValidate     = "LOAD_ERR_YAML_VALIDATE"
	ErrCompileCondition = "LOAD_ERR_COMPILE_CONDITION"
	ErrCompileOutput    = "LOAD_ERR_COMPILE_OUTPUT"
	ErrValidate         = "LOAD_ERR_VALIDATE"
	ErrExtension        = "LOAD_ERR_EXTENSION"
)

// The codes of warnings.
const (
	WarnUnknownSource    = "LOAD_UNKNOWN_SOURCE"
	WarnUnsafeNACheck    = "LOAD_UNSAFE_NA_CHECK"
	WarnNoEventType      = "LOAD_NO_EVTTYPE"
	WarnUnknownFilter    = "LOAD_UNKNOWN_FILTER"
	WarnUnusedMacro      = "LOAD_UNUSED_MACRO"
	WarnUnusedList       = "LOAD_UNUSED_LIST"
	WarnUnknownItem      = "LOAD_UNKNOWN_ITEM"
	WarnDeprecated       = "LOAD_DEPRECATED_ITEM"
	WarnAppendNoValues   = "LOAD_APPEND_NO_VALUES"
	WarnExceptionName    = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
	WarnInvalidMacroName = "LOAD_INVALID_MACRO_NAME"
	WarnInvalidListName  = "LOAD_INVALID_LIST_NAME"
	WarnCompileCondition = "LOAD_COMPILE_CONDITION"
	WarnUnknownKey       = "LOAD_UNKNOWN_KEY"
	WarnExtension        = "LOAD_WARNING_EXTENSION"
)

// Description is the short text for a diagnostic's code.
func Description(code string) string {
	if d, ok := descriptions()[code]; ok {
		return d
	}
	return code
}

func descriptions() map[string]string {
	return map[string]string{
		ErrFileRead:          "File read error",
		ErrYAMLParse:         "YAML parse error",
		ErrYAMLValidate:      "Error validating internal structure of YAML file",
		ErrCompileCondition:  "Error compiling condition",
		ErrCompileOutput:     "Error compiling output",
		ErrValidate:          "Error validating rule/macro/list/exception objects",
		ErrExtension:         "Error in extension item",
		WarnUnknownSource:    "Unknown event source",
		WarnUnsafeNACheck:    "Unsafe <NA> comparison in condition",
		WarnNoEventType:      "Condition has no event-type restriction",
		WarnUnknownFilter:    "Unknown field or event-type in condition or output",
		WarnUnusedMacro:      "Unused macro",
		WarnUnusedList:       "Unused list",
		WarnUnknownItem:      "Unknown rules file item",
		WarnDeprecated:       "Used deprecated item",
		WarnAppendNoValues:   "Overriding/appending exception with no values",
		WarnExceptionName:    "Multiple exceptions defined with the same name",
		WarnInvalidMacroName: "Invalid macro name",
		WarnInvalidListName:  "Invalid list name",
		WarnCompileCondition: "Warning in rule condition",
		WarnUnknownKey:       "Unknown item key",
		WarnExtension:        "Warning in extension item",
	}
}

// ContextItem is one step on the way from a file to the text a diagnostic is
// about.
type ContextItem struct {
	// Type is what the step is: "rules content", "rule", "rule condition"...
	Type string
	// Name is the step's own name, empty where it has none.
	Name string
	// Line and Column start at 1, in characters; Offset counts bytes from the
	// start of the file.
	File                 string
	Line, Column, Offset int
}

// Diagnostic is one error or warning about a rule file.
type Diagnostic struct {
	// Code is one of the LOAD_ codes.
	Code string
	// Message says what is wrong and what to do about it.
	Message string
	// File, Line and Column are where: Line and Column start at 1, in
	// characters.
	File         string
	Line, Column int
	// Context leads from the file to the place, outermost first.
	Context []ContextItem
	// Snippet is the line in question and, on a second line, a caret under the
	// column. Control characters are replaced.
	Snippet string
}

// String is the diagnostic as a block of lines: position and message, the
// context, the snippet. It does not end in a newline.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s (%s)", d.File, d.Line, d.Column, d.Message, d.Code)
	var path []string
	for _, c := range d.Context {
		switch {
		case c.Type == contentContext || c.Type == itemContext:
		case c.Name != "":
			path = append(path, fmt.Sprintf("%s %q", c.Type, c.Name))
		default:
			path = append(path, c.Type)
		}
	}
	if len(path) > 0 {
		b.WriteString("\n  in " + strings.Join(path, ", "))
	}
	if d.Snippet != "" {
		b.WriteString("\n    " + strings.ReplaceAll(d.Snippet, "\n", "\n    "))
	}
	return b.String()
}

// Errors is the error Load returns: everything that is wrong with the files,
// in their order.
type Errors struct {
	List []Diagnostic
}

// Error is all diagnostics, one block each.
func (e *Errors) Error() string {
	blocks := make([]string, len(e.List))
	for i, d := range e.List {
		blocks[i] = d.String()
	}
	return strings.Join(blocks, "\n")
}

// The context types, by Falco's names.
const (
	contentContext         = "rules content"
	itemContext            = "rules content item"
	engineVersionContext   = "required_engine_version"
	pluginVersionsContext  = "required plugin versions"
	pluginEntryContext     = "required plugin versions entry"
	pluginAltContext       = "required plugin versions alternative"
	listItemContext        = "list item"
	macroConditionContext  = "macro condition"
	ruleConditionContext   = "rule condition"
	expressionContext      = "condition expression"
	ruleOutputContext      = "rule output"
	outputContext          = "rule output expression"
	rulePriorityContext    = "rule priority"
	exceptionsContext      = "exceptions"
	exceptionContext       = "exception"
	exceptionValuesContext = "exception values"
	exceptionValueContext  = "exception value"
	overridesContext       = "overrides"
	valueContext           = "value for"
)
