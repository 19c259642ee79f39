package lint

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// The codes. They never change their meaning.
const (
	CodeNever           = "GYR001"
	CodeSwitchedOff     = "GYR002"
	CodeDeadAlternative = "GYR003"
	CodeShadowed        = "GYR004"
	CodeUnusedMacro     = "GYR005"
	CodeUnusedList      = "GYR006"
	CodeEmptyException  = "GYR007"
	CodeNoEventType     = "GYR008"
	CodeDoubleNegation  = "GYR009"
	CodeEmptyList       = "GYR010"
	CodeNameOnly        = "GYR011"
	CodeOutputLacks     = "GYR012"
	CodeOutputBare      = "GYR013"
	CodeDuplicateTag    = "GYR014"
	CodeBadTag          = "GYR015"
	CodeDescription     = "GYR016"
	CodeAllow           = "GYR017"
)

// Code describes what findings of one code have in common.
type Code struct {
	ID string
	// Name is the code in words, as one: never-matches.
	Name     string
	Severity Severity
	// Title is one line, Text explains it.
	Title, Text string
	// Wrong and Right are rule files: one with the finding and one without.
	Wrong, Right string
}

// codeFiles describe a code each.
//
//go:embed codes/*.md
var codeFiles embed.FS

// Codes are all codes in their order.
func Codes() []Code {
	entries, err := codeFiles.ReadDir("codes")
	if err != nil {
		panic(err) // the files are part of the program
	}
	var all []Code
	for _, e := range entries {
		text, err := codeFiles.ReadFile("codes/" + e.Name())
		if err != nil {
			panic(err)
		}
		c, err := parseCode(strings.TrimSuffix(e.Name(), ".md"), string(text))
		if err != nil {
			panic(err) // a test reads all of them
		}
		all = append(all, c)
	}
	return all
}

// parseCode reads the description of a code.
func parseCode(id, text string) (Code, error) {
	parts := strings.SplitN(text, "\n\n", 4)
	if len(parts) != 4 {
		return Code{}, fmt.Errorf("%s: no name, title, text and examples", id)
	}
	name, severity, _ := strings.Cut(strings.TrimPrefix(parts[0], "# "), " ")
	c := Code{ID: id, Name: name, Title: parts[1], Text: strings.Join(strings.Fields(parts[2]), " ")}
	for _, s := range []Severity{Note, Warning, Error} {
		if severity == "("+s.String()+")" {
			c.Severity = s
		}
	}
	const head, between, end = "Wrong:\n\n```yaml\n", "```\n\nRight:\n\n```yaml\n", "```\n"
	examples, ok1 := strings.CutPrefix(parts[3], head)
	wrong, right, ok2 := strings.Cut(examples, between)
	right, ok3 := strings.CutSuffix(right, end)
	if !ok1 || !ok2 || !ok3 {
		return Code{}, fmt.Errorf("%s: no examples of wrong and right", id)
	}
	c.Wrong, c.Right = wrong, right
	return c, nil
}

// Lookup finds a code.
func Lookup(id string) (Code, bool) {
	all := Codes()
	i := slices.IndexFunc(all, func(c Code) bool { return c.ID == id })
	if i < 0 {
		return Code{}, false
	}
	return all[i], true
}

// byID are all codes, to look up many.
func byID() map[string]Code {
	m := map[string]Code{}
	for _, c := range Codes() {
		m[c.ID] = c
	}
	return m
}
