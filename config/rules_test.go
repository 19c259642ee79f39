package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

// load reads the default rules and after them those given.
func load(t testing.TB, more ...string) *rules.Set {
	t.Helper()
	files := []rules.Source{
		{Name: "falco_rules.yaml", Data: config.DefaultRules()},
		{Name: "falco_rules.local.yaml", Data: config.LocalRules()},
	}
	for _, text := range more {
		files = append(files, rules.Source{Name: "more.yaml", Data: []byte(text)})
	}
	set, err := rules.Load(files, rules.Options{})
	if err != nil {
		t.Fatalf("loading the rules:\n%v", err)
	}
	for _, w := range set.Warnings {
		t.Errorf("warning: %+v", w)
	}
	return set
}

// eightNamed are the rules people know by name.
var eightNamed = []string{
	"Disallowed SSH Connection", "Launch Disallowed Container", "Contact K8S API Server From Container",
	"Unexpected K8s NodePort Connection", "Launch Suspicious Network Tool in Container",
	"Create Symlink Over Sensitive Files", "Detect crypto miners using the Stratum protocol",
	"Terminal shell in container",
}

func TestDefaultRulesLoad(t *testing.T) {
	set := load(t)
	if n := len(set.Rules); n < 100 {
		t.Errorf("%d rules can match, want at least 100", n)
	}
	for _, r := range set.Waiting {
		t.Errorf("%s waits for events that are not captured", r.Name)
	}
	seen := make(map[string]bool)
	for _, r := range set.Rules {
		if seen[r.Name] {
			t.Errorf("two rules are named %q", r.Name)
		}
		seen[r.Name] = true
		checkRule(t, r)
	}
	for _, name := range eightNamed {
		if !seen[name] {
			t.Errorf("rule %q is missing", name)
		}
	}
}

var (
	technique = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	tactics   = regexp.MustCompile(`^mitre_(execution|persistence|privilege_escalation|defense_evasion|credential_access|discovery|lateral_movement|command_and_control|exfiltration|impact|collection|initial_access)$`)
)

// whoDidIt are the fields a responder needs of every alert.
var whoDidIt = []string{
	"%evt.type", "%user.name", "%user.uid", "%user.loginuid", "%proc.name", "%proc.exepath", "%proc.pname",
	"%proc.cmdline", "%proc.tty",
}

func checkRule(t *testing.T, r *rules.Rule) {
	t.Helper()
	if len(r.Desc) < 60 {
		t.Errorf("%s: the description %q is too short to help anybody", r.Name, r.Desc)
	}
	message, fields, ok := strings.Cut(r.Output, " | ")
	if !ok || strings.Contains(message, "%") || !strings.Contains(fields, "=%") {
		t.Errorf("%s: output must be a sentence, \" | \" and key=value pairs: %q", r.Name, r.Output)
	}
	if strings.Contains(r.Output, "\n") {
		t.Errorf("%s: output has a line break", r.Name)
	}
	for _, f := range whoDidIt {
		if !strings.Contains(r.Output, f) {
			t.Errorf("%s: output lacks %s", r.Name, f)
		}
	}
	var hasTechnique, hasTactic, hasArea bool
	for _, tag := range r.Tags {
		hasTechnique = hasTechnique || technique.MatchString(tag)
		hasTactic = hasTactic || tactics.MatchString(tag)
		hasArea = hasArea || tag == "host" || tag == "container"
	}
	if !hasTechnique || !hasTactic || !hasArea {
		t.Errorf("%s: tags %v need host or container, a tactic (mitre_...) and a technique (T1234)", r.Name, r.Tags)
	}
	if !r.Enabled || r.Source != rules.SyscallSource {
		t.Errorf("%s: enabled %v, source %q", r.Name, r.Enabled, r.Source)
	}
}

// TestLocalRulesAreEmpty loads the user's file alone: it must change nothing.
func TestLocalRulesAreEmpty(t *testing.T) {
	set, err := rules.Load([]rules.Source{{Name: "local", Data: config.LocalRules()}}, rules.Options{})
	if err != nil {
		t.Fatalf("loading: %v", err)
	}
	if n := len(set.Rules) + len(set.Waiting) + len(set.Macros) + len(set.Lists) + len(set.Warnings); n != 0 {
		t.Errorf("the local file defines something or warns: %+v", set)
	}
}

// TestLocalExamplesLoad takes the comment signs off the examples, one at a
// time, and loads each on top of the default rules.
func TestLocalExamplesLoad(t *testing.T) {
	examples := uncomment(string(config.LocalRules()))
	if len(examples) < 15 {
		t.Fatalf("found %d examples only: %q", len(examples), examples)
	}
	for _, example := range examples {
		load(t, example)
		if t.Failed() {
			t.Fatalf("the example is:\n%s", example)
		}
	}
	// All together, as the comments suggest.
	load(t, strings.Join(examples, "\n"))
}

// uncomment returns the commented-out items of a rules file, those of one
// comment that build on each other together.
func uncomment(text string) []string {
	var examples []string
	var current []string
	flush := func() {
		if len(current) > 0 {
			examples = append(examples, strings.Join(current, "\n")+"\n")
			current = nil
		}
	}
	for _, line := range strings.Split(text, "\n") {
		body, ok := strings.CutPrefix(line, "# ")
		switch {
		case ok && strings.HasPrefix(body, "- ") && strings.Contains(body, ": "), ok && strings.HasPrefix(body, "  ") && len(current) > 0:
			current = append(current, body)
		case line == "#":
		default:
			flush()
		}
	}
	flush()
	return examples
}
