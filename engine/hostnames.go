package engine

import (
	"github.com/gyrsec/gyr/condition"
	"github.com/gyrsec/gyr/field"
)

// HostNames returns what the rules want of the names of hosts: whether any
// condition or output reads one, and which names conditions compare with as a
// whole, each once. Parts of names and patterns are not among them.
func (e *Engine) HostNames() (compared []string, wanted bool) {
	seen := map[string]bool{}
	for _, r := range e.rules {
		for _, ref := range r.Predicate.Fields() {
			if !ref.Field.HostName {
				continue
			}
			wanted = true
			for _, c := range r.Predicate.Literals(ref.Field.Name) {
				if wholeName(c.Op) && !seen[c.Text] {
					seen[c.Text] = true
					compared = append(compared, c.Text)
				}
			}
		}
		if r.Template != nil {
			wanted = wanted || readsHostName(r.Template.Refs())
		}
	}
	return compared, wanted
}

func readsHostName(refs []*field.Ref) bool {
	for _, ref := range refs {
		if ref.Field.HostName {
			return true
		}
	}
	return false
}

// wholeName reports whether an operator compares with a whole name. pmatch is
// among them: a name has no parts to it, so it matches one that is the same.
func wholeName(op condition.Op) bool {
	switch op {
	case condition.Eq, condition.Ne, condition.In, condition.PMatch:
		return true
	}
	return false
}
