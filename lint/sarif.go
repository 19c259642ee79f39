package lint

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// sarifSchema is where the schema of SARIF 2.1.0 is published.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifRule struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Short   sarifText   `json:"shortDescription"`
	Full    sarifText   `json:"fullDescription"`
	Help    sarifText   `json:"help"`
	Default sarifConfig `json:"defaultConfiguration"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Related   []sarifLocation `json:"relatedLocations,omitempty"`
}

type sarifLocation struct {
	ID       *int          `json:"id,omitempty"`
	Physical sarifPhysical `json:"physicalLocation"`
	Message  *sarifText    `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int        `json:"startLine"`
	StartColumn int        `json:"startColumn"`
	Snippet     *sarifText `json:"snippet,omitempty"`
}

// WriteSARIF writes findings as a SARIF 2.1.0 log. version is this program's.
func WriteSARIF(w io.Writer, findings []Finding, version string) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "gyr", Version: version}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{}, // an empty list, not null
	}
	codes := Codes()
	for _, c := range codes {
		help := c.Text + "\n\nWrong:\n\n" + c.Wrong + "\nRight:\n\n" + c.Right
		markdown := c.Text + "\n\nWrong:\n\n```yaml\n" + c.Wrong + "```\n\nRight:\n\n```yaml\n" + c.Right + "```\n"
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: c.ID, Name: c.Name,
			Short: sarifText{Text: c.Title}, Full: sarifText{Text: c.Text}, Help: sarifText{help, markdown},
			Default: sarifConfig{c.Severity.String()},
		})
	}
	for _, f := range findings {
		r := sarifResult{
			RuleID: f.Code, RuleIndex: slices.IndexFunc(codes, func(c Code) bool { return c.ID == f.Code }),
			Level: f.Severity.String(), Message: sarifText{Text: f.Message},
			Locations: []sarifLocation{sarifAt(f.Location)},
		}
		if line, _, ok := strings.Cut(f.Snippet, "\n"); ok {
			r.Locations[0].Physical.Region.Snippet = &sarifText{Text: line}
		}
		if f.Related.Line > 0 {
			related, id := sarifAt(f.Related), 0
			related.ID, related.Message = &id, &sarifText{Text: "the other place"}
			r.Related = append(r.Related, related)
		}
		run.Results = append(run.Results, r)
	}
	return encode(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarifAt is a location with its file as a URI: relative, as code hosts want
// it, where the file was named so.
func sarifAt(l Location) sarifLocation {
	u := url.URL{Path: filepath.ToSlash(l.File)}
	if filepath.IsAbs(l.File) {
		u.Scheme = "file"
	}
	return sarifLocation{Physical: sarifPhysical{
		Artifact: sarifArtifact{u.String()}, Region: sarifRegion{StartLine: l.Line, StartColumn: l.Column},
	}}
}
