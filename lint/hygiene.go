package lint

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/field"
)

// tactics are the tactics of MITRE ATT&CK, as tags write them.
func tactics() []string {
	return []string{
		"mitre_reconnaissance", "mitre_resource_development", "mitre_initial_access", "mitre_execution", "mitre_persistence",
		"mitre_privilege_escalation", "mitre_defense_evasion", "mitre_credential_access", "mitre_discovery",
		"mitre_lateral_movement", "mitre_collection", "mitre_command_and_control", "mitre_exfiltration", "mitre_impact",
	}
}

// tags looks for tags given twice and for those that are to name a tactic or
// technique and do not.
func (c *checker) tags(s *subject) {
	seen := map[string]bool{}
	for _, p := range s.def.tags {
		for _, n := range p.node.Content {
			n = resolve(n)
			if n.Kind != yaml.ScalarNode {
				continue
			}
			at := Location{p.item.src.name, n.Line, n.Column}
			if seen[n.Value] {
				c.report(CodeDuplicateTag, at, s.title(), fmt.Sprintf("the tag %q is there already: remove it", n.Value))
				continue
			}
			seen[n.Value] = true
			if why := badTag(n.Value); why != "" {
				c.report(CodeBadTag, at, s.title(), why)
			}
		}
	}
}

// badTag says what is wrong with a tag, "" where nothing is.
func badTag(tag string) string {
	lower := strings.ToLower(tag)
	switch {
	case strings.HasPrefix(lower, "mitre_") || strings.HasPrefix(lower, "mitre-"):
		if slices.Contains(tactics(), tag) {
			return ""
		}
		best, limit := "", len(tag)/3
		for _, t := range tactics() {
			if d := field.Distance(lower, t, limit); d < limit {
				best, limit = t, d
			}
		}
		if best != "" {
			return fmt.Sprintf("the tag %q names no tactic of ATT&CK: did you mean %s?", tag, best)
		}
		return fmt.Sprintf("the tag %q names no tactic of ATT&CK: use one of %s", tag, strings.Join(tactics(), ", "))
	case looksLikeTechnique(lower) && !isTechnique(tag):
		return fmt.Sprintf("the tag %q is written unlike a technique of ATT&CK: write it as T1059, T1059.004 or, for a tactic, TA0002", tag)
	}
	return ""
}

// looksLikeTechnique reports whether a tag in lower case is a t and digits,
// with whatever between.
func looksLikeTechnique(lower string) bool {
	rest, ok := strings.CutPrefix(lower, "t")
	if !ok {
		return false
	}
	rest = strings.TrimPrefix(rest, "a")
	rest = strings.TrimLeft(rest, "-_ ")
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	return digits >= 3 && strings.Trim(rest, "0123456789.-_/") == ""
}

func isTechnique(tag string) bool {
	if rest, ok := strings.CutPrefix(tag, "TA"); ok {
		return isDigits(rest, 4)
	}
	main, sub, has := strings.Cut(strings.TrimPrefix(tag, "T"), ".")
	return strings.HasPrefix(tag, "T") && isDigits(main, 4) && (!has || isDigits(sub, 3))
}

func isDigits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

// description looks for a description that only repeats the name.
func (c *checker) description(s *subject) {
	letters := func(text string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\n.,:;-_!", r) {
				return -1
			}
			return r
		}, strings.ToLower(text))
	}
	if letters(s.rule.Desc) != letters(s.rule.Name) {
		return
	}
	at := s.location()
	if s.def.desc.node != nil {
		at = s.def.desc.location()
	}
	c.report(CodeDescription, at, s.title(), "the description only repeats the rule's name: say why a match matters and what to do about it")
}

// exceptions looks for exceptions that except nothing.
func (c *checker) exceptions(s *subject) {
	for _, ex := range s.def.exceptions {
		if !s.def.valued[ex.name] {
			c.report(CodeEmptyException, ex.location(), s.title(),
				fmt.Sprintf("the exception %q has no values and excepts nothing: give it values, or remove it", ex.name))
		}
	}
}
