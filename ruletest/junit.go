package ruletest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The elements of JUnit's XML that CI systems read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Time      string        `xml:"time,attr"`
		Failure   *junitMessage `xml:"failure"`
		Error     *junitMessage `xml:"error"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML. A file that could not be loaded is
// a suite with one case, in error.
func (r *Report) WriteJUnit(w io.Writer) error {
	var all junitSuites
	var total time.Duration
	for _, f := range r.Files {
		s, spent := f.junit()
		total += spent
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
		all.Suites = append(all.Suites, s)
	}
	all.Time = seconds(total)
	out, err := xml.MarshalIndent(&all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s%s\n", xml.Header, out); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	return nil
}

func (f *FileReport) junit() (junitSuite, time.Duration) {
	s := junitSuite{Name: f.Name, Tests: len(f.Results)}
	var total time.Duration
	if f.Err != nil {
		s.Tests, s.Errors = s.Tests+1, 1
		s.Cases = append(s.Cases, junitCase{
			Name: "load", ClassName: f.Name, File: f.Name, Time: seconds(0),
			Error: &junitMessage{Message: firstLine(f.Err.Error()), Text: f.Err.Error()},
		})
	}
	for i := range f.Results {
		r := &f.Results[i]
		total += r.Time
		c := junitCase{Name: r.Test.Name, ClassName: f.Name, File: f.Name, Line: r.Test.Line, Time: seconds(r.Time)}
		if !r.Passed() {
			s.Failures++
			c.Failure = &junitMessage{Message: "the alerts differ from those wanted", Text: r.Failure}
		}
		s.Cases = append(s.Cases, c)
	}
	s.Time = seconds(total)
	return s, total
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }
