package ruletest

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/engine"
	"github.com/gyrsec/gyr/rules"
)

// Suite is a test file with its rules, ready to run.
type Suite struct {
	// Name is the file's path as given to Load.
	Name  string
	Tests []*Test

	engines []*engine.Engine
}

// Test is one test of a file.
type Test struct {
	Name string
	// Line is where in the file it begins.
	Line   int
	Events []Event
	// Alerts are those the events must raise together, and no others.
	Alerts []Expected
	// NearMissOf names the rule that the events come near without a match;
	// empty where the test does not say.
	NearMissOf string

	engine int
	place  *yaml.Node
}

// Embedded is the prefix of rule files that are not looked for beside the test
// file but left to the function that reads them, as they are.
const Embedded = "embedded:"

// Load reads a test file, and through read the rule files it names: a path
// relative to the test file is made relative to the directory of name.
//
// The error is an [*Errors] for mistakes in the test file, a [*rules.Errors]
// for mistakes in rules, an error of read, or several of them joined.
func Load(name string, data []byte, read func(path string) ([]byte, error)) (*Suite, error) {
	l := &loader{source: newSource(name, data), read: read, suite: &Suite{Name: name}}
	switch root := l.document(); {
	case root == nil:
	case root.Kind != yaml.MappingNode:
		l.mapping(root, "a test file") // says so
	default:
		l.file(root)
	}
	err := errors.Join(append([]error{l.err()}, l.errs...)...)
	if err != nil {
		return nil, err
	}
	return l.suite, nil
}

type loader struct {
	*source
	read  func(string) ([]byte, error)
	suite *Suite
	sets  sets
	errs  []error
	// unread is set where a rule file could not be read: what it defines is
	// not missing in the others.
	unread bool
	// describers is made once for a file; see fields.
	describers map[string]describer
}

func (l *loader) file(root *yaml.Node) {
	entries := l.mapping(root, "a test file", "rule_files", "rule_matching", "overrides", "tests")
	var common []rules.Source
	if e := find(entries, "rule_files"); e != nil {
		common = l.ruleFiles(e.value)
	}
	all := false
	if e := find(entries, "rule_matching"); e != nil {
		if e.value.Value != "first" && e.value.Value != "all" {
			l.fail(e.value.Line, e.value.Column, "rule_matching is first (a rule that matches ends the search) or all")
		}
		all = e.value.Value == "all"
	}
	if e := find(entries, "overrides"); e != nil {
		if local := l.overrides(e.value); local != nil {
			common = append(common, *local)
		}
	}
	if len(common) == 0 && len(l.problems) == 0 {
		l.fail(root.Line, root.Column, "there are no rules to test: name them under \"rule_files:\"")
	}
	l.describers = describers()
	tests := find(entries, "tests")
	if tests == nil {
		l.fail(root.Line, root.Column, "there are no tests: describe them under \"tests:\"")
		return
	}
	names := map[string]int{}
	for _, n := range l.sequence(tests.value, "tests") {
		t := l.test(resolve(n), common)
		if t == nil {
			continue
		}
		if line, twice := names[t.Name]; twice {
			l.fail(t.place.Line, t.place.Column, "another test is named %q (line %d): names tell tests apart", cut(t.Name), line)
		}
		names[t.Name] = t.Line
		l.suite.Tests = append(l.suite.Tests, t)
	}
	l.rules(all)
}

// ruleFiles reads the files the tests are for.
func (l *loader) ruleFiles(n *yaml.Node) []rules.Source {
	var files []rules.Source
	for _, c := range l.sequence(n, "rule_files") {
		c = resolve(c)
		path, ok := l.text(c, "a rule file")
		if !ok {
			continue
		}
		if !filepath.IsAbs(path) && !strings.HasPrefix(path, Embedded) {
			path = filepath.Join(filepath.Dir(l.name), path)
		}
		data, err := l.read(path)
		if err != nil {
			l.unread = true
			l.fail(c.Line, c.Column, "the rule file cannot be read: %v; its path is relative to the test file", err)
			continue
		}
		files = append(files, rules.Source{Name: path, Data: data})
	}
	return files
}

// rules loads the rule sets, and checks the tests' names of rules.
func (l *loader) rules(all bool) {
	if l.unread {
		return
	}
	loaded := make([]*rules.Set, len(l.sets.list))
	for i, s := range l.sets.list {
		// Rules on events that are not captured yet can be tested all the same.
		set, err := rules.Load(s.files, rules.Options{AllTypes: true})
		if err != nil {
			l.errs = append(l.errs, fmt.Errorf("the rules under test do not load:\n%w", err))
			return
		}
		loaded[i] = set
		l.suite.engines = append(l.suite.engines, engine.New(set, engine.Options{MinPriority: rules.Debug, AllMatches: all}))
	}
	for _, t := range l.suite.Tests {
		for _, a := range t.Alerts {
			l.known(loaded[t.engine], a.Rule, a.place)
		}
		if t.NearMissOf != "" {
			l.known(loaded[t.engine], t.NearMissOf, t.place)
		}
	}
}

// known reports names that are no rule's, or that of a disabled one.
func (l *loader) known(set *rules.Set, name string, at *yaml.Node) {
	i := slices.IndexFunc(set.Rules, func(r *rules.Rule) bool { return r.Name == name })
	switch {
	case i < 0:
		if i := slices.IndexFunc(set.All, func(r *rules.Rule) bool { return r.Name == name }); i >= 0 {
			l.fail(at.Line, at.Column, "the rule %q is for events of source %q, and tests describe system calls", name, set.All[i].Source)
			return
		}
		var names []string
		for _, r := range set.Rules {
			names = append(names, r.Name)
		}
		l.fail(at.Line, at.Column, "no rule is named %q%s", cut(name), didYouMean(name, names))
	case !set.Rules[i].Enabled:
		l.fail(at.Line, at.Column, "the rule %q is disabled and raises no alert: enable it under \"overrides:\"", name)
	}
}
