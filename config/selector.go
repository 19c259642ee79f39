package config

import (
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Selector switches rules on or off: an entry of rules. Exactly one of Rule and
// Tag is set.
type Selector struct {
	// Enable switches on, else off.
	Enable bool
	// Rule is the name of a rule, in which * stands for any characters and ? for
	// one; Tag one of its tags.
	Rule, Tag string
}

// selectors reads the list of rules to switch on and off.
func selectors(to *[]Selector) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: listOf(selectorSchema()), value: append([]Selector{}, *to...)}) {
			return
		}
		if n.Kind != yaml.SequenceNode {
			r.fail(n, key, "%s must be a list, not %s; write \"- disable: {rule: NAME}\" below it, and name files of rules under rules_files", key, describe(n))
			return
		}
		var list []Selector
		for i, item := range n.Content {
			if s, ok := r.selector(resolve(item), fmt.Sprintf("%s[%d]", key, i)); ok {
				list = append(list, s)
			}
		}
		*to = list
	}
}

func selectorSchema() map[string]any {
	which := schemaOf(map[string]setting{"rule": word(new(string)), "tag": word(new(string))})
	return object(map[string]any{"enable": which, "disable": which})
}

// MarshalJSON is the selector as the configuration has it.
func (s Selector) MarshalJSON() ([]byte, error) {
	verb, what, text := "disable", "rule", s.Rule
	if s.Enable {
		verb = "enable"
	}
	if s.Tag != "" {
		what, text = "tag", s.Tag
	}
	return json.Marshal(map[string]map[string]string{verb: {what: text}})
}

func (r *reader) selector(n *yaml.Node, key string) (s Selector, ok bool) {
	const help = `write "enable:" or "disable:", and below it "rule: NAME" or "tag: NAME"`
	given := 0
	before := len(r.errors)
	which := func(enable bool) setting {
		return func(r *reader, n *yaml.Node, key string) {
			given++
			s.Enable = enable
			group(map[string]setting{"rule": word(&s.Rule), "tag": word(&s.Tag)})(r, n, key)
			if (s.Rule == "") == (s.Tag == "") && len(r.errors) == before {
				r.fail(n, key, "%s must have one of rule and tag; for several, write an entry for each", key)
			}
		}
	}
	group(map[string]setting{"enable": which(true), "disable": which(false)})(r, n, key)
	if given != 1 && len(r.errors) == before {
		r.fail(n, key, "%s must either enable or disable rules; %s", key, help)
	}
	return s, len(r.errors) == before
}
