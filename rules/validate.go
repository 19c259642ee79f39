package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Verdict is what validating one file found.
type Verdict struct {
	Name             string
	Errors, Warnings []Diagnostic
}

// Validate loads files together, as a start would, and says of each what is
// wrong in it. The set is nil where there is an error in any of them.
func Validate(files []Source, opts Options) ([]Verdict, *Set) {
	set, err := Load(files, opts)
	verdicts := make([]Verdict, len(files))
	for i, f := range files {
		verdicts[i].Name = f.Name
		for _, w := range set.Warnings {
			if w.File == f.Name {
				verdicts[i].Warnings = append(verdicts[i].Warnings, w)
			}
		}
	}
	var all *Errors
	if !errors.As(err, &all) {
		return verdicts, set
	}
	for i, f := range files {
		for _, e := range all.List {
			if e.File == f.Name {
				verdicts[i].Errors = append(verdicts[i].Errors, e)
			}
		}
	}
	return verdicts, nil
}

// Unreadable is the verdict on a file that could not be read.
func Unreadable(name string, err error) Verdict {
	p := place{src: newSource(Source{Name: name}, 0)}.in(contentContext, "", 1, 1)
	d := p.diagnose(ErrFileRead, fmt.Sprintf("the file cannot be read: %s: name a file that exists and may be read", err))
	d.Snippet = ""
	return Verdict{Name: name, Errors: []Diagnostic{d}}
}

// OK reports whether the file is valid; warnings do not count.
func (v Verdict) OK() bool { return len(v.Errors) == 0 }

// Result is the verdict on a line, and below it the errors, each with where it
// is, in the lines that Falco prints. It ends in a newline.
func (v Verdict) Result() string {
	switch {
	case !v.OK():
		return v.Name + ": Invalid\n" + blocks(len(v.Errors), "Errors", v.Errors)
	case len(v.Warnings) > 0:
		return v.Name + ": Ok, with warnings\n"
	}
	return v.Name + ": Ok\n"
}

// WarningText are the warnings in the same form, empty where there are none.
func (v Verdict) WarningText() string {
	if len(v.Warnings) == 0 {
		return ""
	}
	return v.Name + ":\n" + blocks(len(v.Warnings), "Warnings", v.Warnings)
}

func blocks(n int, what string, list []Diagnostic) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s:\n", n, what)
	for _, d := range list {
		for i, c := range d.Context {
			if i == 0 {
				b.WriteString("In ")
			} else {
				b.WriteString("    ")
			}
			b.WriteString(c.Type)
			if c.Name != "" {
				fmt.Fprintf(&b, " '%s'", c.Name)
			}
			fmt.Fprintf(&b, ": (%s:%d:%d)\n", c.File, c.Line, c.Column)
		}
		if d.Snippet != "" {
			fmt.Fprintf(&b, "------\n%s\n------\n", d.Snippet)
		}
		fmt.Fprintf(&b, "%s (%s): %s\n", d.Code, Description(d.Code), d.Message)
	}
	return b.String()
}

// MarshalJSON is the verdict as an entry of Falco's falco_load_results.
func (v Verdict) MarshalJSON() ([]byte, error) {
	schema := v.schemaWarnings()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // conditions are full of < and >
	err := e.Encode(struct {
		Errors         []jsonDiagnostic `json:"errors"`
		Name           string           `json:"name"`
		SchemaValid    bool             `json:"schema_valid"`
		SchemaWarnings []string         `json:"schema_warnings"`
		Successful     bool             `json:"successful"`
		Warnings       []jsonDiagnostic `json:"warnings"`
	}{
		Name: v.Name, Successful: v.OK(), Errors: jsonDiagnostics(v.Errors), Warnings: jsonDiagnostics(v.Warnings),
		SchemaValid: len(schema) == 0, SchemaWarnings: schema,
	})
	return b.Bytes(), err
}

// schemaWarnings are what of the diagnostics is about the file's structure,
// each on a line with its position.
func (v Verdict) schemaWarnings() []string {
	list := []string{}
	for _, of := range [][]Diagnostic{v.Errors, v.Warnings} {
		for _, d := range of {
			switch d.Code {
			case ErrFileRead, ErrYAMLParse, ErrYAMLValidate, WarnUnknownItem, WarnUnknownKey:
				list = append(list, fmt.Sprintf("%d:%d: %s", d.Line, d.Column, d.Message))
			}
		}
	}
	return list
}

type jsonDiagnostic struct {
	Code     string      `json:"code"`
	CodeDesc string      `json:"codedesc"`
	Context  jsonContext `json:"context"`
	Message  string      `json:"message"`
}

type jsonContext struct {
	Locations []jsonLocation `json:"locations"`
	Snippet   string         `json:"snippet"`
}

type jsonLocation struct {
	ItemName string       `json:"item_name"`
	ItemType string       `json:"item_type"`
	Position jsonPosition `json:"position"`
}

type jsonPosition struct {
	Column int    `json:"column"`
	Line   int    `json:"line"`
	Name   string `json:"name"`
	Offset int    `json:"offset"`
}

// jsonDiagnostics are diagnostics as Falco prints them. Programs that read them
// expect lines and columns counted from 0 here.
func jsonDiagnostics(list []Diagnostic) []jsonDiagnostic {
	all := []jsonDiagnostic{}
	for _, d := range list {
		j := jsonDiagnostic{
			Code: d.Code, CodeDesc: Description(d.Code), Message: d.Message,
			Context: jsonContext{Snippet: d.Snippet, Locations: []jsonLocation{}},
		}
		for _, c := range d.Context {
			j.Context.Locations = append(j.Context.Locations, jsonLocation{
				ItemName: c.Name, ItemType: c.Type,
				Position: jsonPosition{Name: c.File, Line: max(c.Line-1, 0), Column: max(c.Column-1, 0), Offset: c.Offset},
			})
		}
		all = append(all, j)
	}
	return all
}
