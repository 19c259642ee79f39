package lint

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

func check(t *testing.T, files ...string) []Finding {
	t.Helper()
	var sources []rules.Source
	for i, text := range files {
		sources = append(sources, rules.Source{Name: fmt.Sprintf("f%d.yaml", i+1), Data: []byte(text)})
	}
	findings, err := Check(sources, Options{})
	if err != nil {
		t.Fatalf("the rules do not load: %v\n%s", err, strings.Join(files, "---\n"))
	}
	return findings
}

func codesOf(findings []Finding) []string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// The examples are what users read first: each shows its code and no other.
func TestExamples(t *testing.T) {
	for _, c := range Codes() {
		t.Run(c.ID, func(t *testing.T) {
			if diff := cmp.Diff([]string{c.ID}, codesOf(check(t, c.Wrong))); diff != "" {
				t.Errorf("the wrong example (-want +got):\n%s", diff)
			}
			if right := check(t, c.Right); len(right) > 0 {
				t.Errorf("the right example:\n%v", right)
			}
			if c.ID != CodeAllow {
				return
			}
			if got := check(t, strings.Replace(c.Wrong, "GYR012", CodeAllow+" because", 1)); len(got) != 1 {
				t.Errorf("%s can be allowed: %v", CodeAllow, got)
			}
		})
	}
}

func TestEveryCodeCanBeAllowed(t *testing.T) {
	for _, c := range Codes() {
		if c.ID == CodeAllow {
			continue
		}
		comment := "# gyr-lint: allow " + c.ID + " it is an example\n"
		lines := strings.SplitAfter(c.Wrong, "\n")
		above := map[int]bool{} // the lines at which items with findings begin
		for _, f := range check(t, c.Wrong) {
			item := f.Line - 1
			for !strings.HasPrefix(lines[item], "- ") {
				item--
			}
			above[item] = true
		}
		for i := range above {
			lines[i] = comment + lines[i]
		}
		if got := check(t, strings.Join(lines, "")); len(got) > 0 {
			t.Errorf("%s, allowed: %v", c.ID, got)
		}
	}
}

func TestCodesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for i, c := range Codes() {
		if want := fmt.Sprintf("GYR%03d", i+1); c.ID != want || !isCode(c.ID) {
			t.Errorf("code %d is %s, want %s", i, c.ID, want)
		}
		if seen[c.Name] || !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(c.Name) {
			t.Errorf("%s has the name %q", c.ID, c.Name)
		}
		seen[c.Name] = true
		severity := map[Severity]string{Note: "note", Warning: "warning", Error: "error"}[c.Severity]
		if head := fmt.Sprintf("# %s (%s)\n", c.Name, severity); !strings.HasPrefix(file(t, c.ID), head) {
			t.Errorf("%s does not begin with %q", c.ID, head)
		}
		if c.Title == "" || c.Text == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s is not described", c.ID)
		}
	}
}

func file(t *testing.T, id string) string {
	t.Helper()
	text, err := codeFiles.ReadFile("codes/" + id + ".md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParseCodeRefuses(t *testing.T) {
	for _, text := range []string{"", "# a (note)\n\nT\n\nt", "# a (note)\n\nT\n\nt\n\nWrong:\n\n```yaml\n```\n"} {
		if c, err := parseCode("GYR000", text); err == nil {
			t.Errorf("%q is %+v", text, c)
		}
	}
}

var update = flag.Bool("update", false, "write docs/lint.md")

// docs/lint.md says what the code does.
func TestReference(t *testing.T) {
	const name = "../docs/lint.md"
	var want bytes.Buffer
	if err := WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("docs/lint.md is out of date, write it with go test ./lint -update (-want +got):\n%s", diff)
	}
}

func TestExplain(t *testing.T) {
	c, _ := Lookup(CodeNever)
	var got strings.Builder
	if err := Explain(&got, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GYR001 never-matches (error)\nThe rule can never match.\n", "\nWrong:\n\n    - rule: ", "\nRight:\n\n    - rule: "} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%q is not in\n%s", want, got.String())
		}
	}
	if _, ok := Lookup("GYR999"); ok {
		t.Error("GYR999 is a code")
	}
}
