package live

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/rules"
)

// markVariable is the environment variable by which a test knows its own
// processes again; markField is the output field that shows it.
const (
	markVariable = "GYR_LIVE"
	markField    = "proc.env[" + markVariable + "]"
)

// delivered are the delivered rules that can match.
func delivered(t *testing.T) []string {
	t.Helper()
	set, err := rules.Load([]rules.Source{
		{Name: "falco_rules.yaml", Data: config.DefaultRules()},
		{Name: "falco_rules.local.yaml", Data: config.LocalRules()},
	}, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range set.Rules {
		names = append(names, r.Name)
	}
	return names
}

// markedOutputs is a rules file that adds the mark to the outputs of all
// delivered rules and changes nothing else.
func markedOutputs(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, name := range delivered(t) {
		fmt.Fprintf(&b, "- rule: %q\n  output: mark=%%%s\n  override: {output: append}\n", name, markField)
	}
	return b.String()
}

// marks gives out marks that no other test has.
type marks struct {
	prefix string
	number int
}

func newMarks() *marks { return &marks{prefix: rand.Text()} }

func (m *marks) next() string {
	m.number++
	return fmt.Sprintf("%s-%d", m.prefix, m.number)
}

// own is the mark of what the test does to prepare.
func (m *marks) own() string { return m.prefix + "-0" }
