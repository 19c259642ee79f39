package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// action is one line of `go test -json` (go doc test2json), and of the build
// output it carries (go help buildjson), which names an ImportPath instead.
type action struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// result is the outcome of one test or, where Test is empty, of a package that
// failed without a failed test: it did not build, or it died.
type result struct {
	Package, Test string
	Outcome       string // pass, fail or skip
	Reason        string `json:",omitempty"` // of a skip
}

// name is the test as a person would look for it.
func (r result) name() string {
	if r.Test == "" {
		return r.Package
	}
	return r.Package + " " + r.Test
}

type key struct{ pkg, test string }

// stream turns actions into printed lines and results.
type stream struct {
	out     io.Writer
	said    map[key][]string // output of tests that have not ended
	failed  map[string]bool  // packages with a failed test
	results []result
}

func newStream(out io.Writer) *stream {
	return &stream{out: out, said: map[key][]string{}, failed: map[string]bool{}}
}

// read consumes the whole input. A line that is not JSON (a tool's own message)
// is printed as it is.
func (s *stream) read(in io.Reader) ([]result, error) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var a action
			if json.Unmarshal(line, &a) != nil {
				s.print(string(line))
			} else {
				s.take(a)
			}
		}
		if err == io.EOF {
			return s.results, nil
		}
		if err != nil {
			return s.results, fmt.Errorf("reading test output: %w", err)
		}
	}
}

func (s *stream) take(a action) {
	k := key{a.Package, a.Test}
	switch a.Action {
	case "build-output":
		s.print(a.Output)
	case "output":
		if a.Test != "" {
			s.said[k] = append(s.said[k], a.Output)
		} else if worthSaying(a.Output) {
			s.print(a.Output)
		}
	case "pass", "fail", "skip":
		if a.Test == "" {
			s.endPackage(a)
		} else {
			s.endTest(k, a.Action)
		}
	}
}

func (s *stream) endTest(k key, outcome string) {
	said := s.said[k]
	delete(s.said, k)
	r := result{Package: k.pkg, Test: k.test, Outcome: outcome}
	switch {
	case outcome == "fail":
		s.failed[k.pkg] = true
		s.print(said...)
	case outcome == "skip":
		r.Reason = reason(said)
		s.print(fmt.Sprintf("--- SKIP: %s: %s\n", k.test, r.Reason))
	case strings.HasPrefix(k.test, "TestLive") && !strings.Contains(k.test, "/"):
		s.print(fmt.Sprintf("--- PASS: %s\n", k.test))
	case strings.HasPrefix(k.test, "Fuzz"):
		if l := lastFuzzing(said); l != "" {
			s.print(k.test, " ", l)
		}
	}
	s.results = append(s.results, r)
}

// endPackage says what the tests said that a dying package left without a
// result, for there is the cause.
func (s *stream) endPackage(a action) {
	if a.Action != "fail" {
		return
	}
	var cut []key
	for k := range s.said {
		if k.pkg == a.Package {
			cut = append(cut, k)
		}
	}
	slices.SortFunc(cut, func(a, b key) int { return strings.Compare(a.test, b.test) })
	for _, k := range cut {
		s.print(s.said[k]...)
		delete(s.said, k)
	}
	if !s.failed[a.Package] {
		s.results = append(s.results, result{Package: a.Package, Outcome: "fail"})
	}
}

func (s *stream) print(lines ...string) {
	for _, l := range lines {
		io.WriteString(s.out, l)
	}
}

// worthSaying drops the lines of a package that only repeat what its result
// says, and those of packages in which there was nothing to run.
func worthSaying(line string) bool {
	switch strings.TrimSpace(line) {
	case "PASS", "FAIL", "testing: warning: no tests to run":
		return false
	}
	return !strings.Contains(line, "[no test files]") && !strings.Contains(line, "[no tests to run]")
}

// reason is what a skipped test said: t.Skip's message without its position.
func reason(said []string) string {
	var text []string
	for _, l := range said {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "===") || strings.HasPrefix(l, "---") {
			continue
		}
		if file, message, ok := strings.Cut(l, ": "); ok && strings.Contains(file, ".go:") {
			l = message
		}
		text = append(text, l)
	}
	if len(text) == 0 {
		return "no reason given"
	}
	return strings.Join(text, " ")
}

// lastFuzzing is the line in which a fuzz target says how many inputs it tried;
// empty when its seeds ran as a plain test.
func lastFuzzing(said []string) string {
	for _, l := range slices.Backward(said) {
		if strings.HasPrefix(l, "fuzz: elapsed") {
			return l
		}
	}
	return ""
}
