package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Explain writes what there is to know about a code, as text.
func Explain(w io.Writer, c Code) error {
	_, err := fmt.Fprintf(w, "%s %s (%s)\n%s.\n\n%s\n\nWrong:\n\n%s\nRight:\n\n%s",
		c.ID, c.Name, c.Severity, c.Title, fold(c.Text), indent(c.Wrong), indent(c.Right))
	return err
}

// fold breaks a text into lines of at most 100 characters.
func fold(text string) string {
	const width = 100
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// WriteReference writes the documentation of all codes as Markdown.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(referenceIntroduction)
	b.WriteString("| code | severity | name | |\n|---|---|---|---|\n")
	for _, c := range Codes() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", c.ID, strings.ToLower(c.ID), c.Severity, c.Name, c.Title)
	}
	for _, c := range Codes() {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s, %s)\n\n%s\n\nWrong:\n\n```yaml\n%s```\n\nRight:\n\n```yaml\n%s```\n",
			c.ID, c.Title, c.Name, c.Severity, fold(c.Text), c.Wrong, c.Right)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const referenceIntroduction = `# gyr rules lint

` + "`gyr rules lint FILE...`" + ` finds what loads but is wrong in rule files, with file, line, column and what to do about it. Files that
belong together are named together, in the order in which they are loaded; without any, the configured ones are looked at.
The exit code is 1 where there is an error or a warning, 0 where there is nothing or only notes.

` + "`--format json`" + ` prints the findings as JSON, ` + "`--format sarif`" + ` as SARIF 2.1.0, which code hosts show in a review.
` + "`gyr rules explain CODE`" + ` prints what stands here about one code.

A comment directly above a rule, macro or list allows findings in it. It names the codes and gives a reason:

` + "```yaml" + `
# gyr-lint: allow GYR011 the parent is a script and has no path of its own
- rule: ...
` + "```" + `

Where the check cannot tell, it says nothing. This page is made from the code: ` + "`go test ./lint -update`" + ` writes it.

`

// WriteText writes findings for a person to read, with a last line that counts
// them.
func WriteText(w io.Writer, findings []Finding) error {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	errors, warnings := Count(findings, Error), Count(findings, Warning)
	fmt.Fprintf(&b, "%s, %s, %s\n", counted(errors, "error"), counted(warnings-errors, "warning"), counted(len(findings)-warnings, "note"))
	_, err := io.WriteString(w, b.String())
	return err
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

type jsonPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

type jsonFinding struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Item     string `json:"item"`
	jsonPlace
	Snippet string     `json:"snippet"`
	Related *jsonPlace `json:"related,omitempty"`
}

// WriteJSON writes findings as one JSON object.
func WriteJSON(w io.Writer, findings []Finding) error {
	codes := byID()
	list := []jsonFinding{} // an empty list, not null
	for _, f := range findings {
		j := jsonFinding{
			Code: f.Code, Name: codes[f.Code].Name, Severity: f.Severity.String(), Message: f.Message, Item: f.Item,
			jsonPlace: jsonPlace(f.Location), Snippet: f.Snippet,
		}
		if f.Related.Line > 0 {
			related := jsonPlace(f.Related)
			j.Related = &related
		}
		list = append(list, j)
	}
	return encode(w, map[string]any{"findings": list})
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
