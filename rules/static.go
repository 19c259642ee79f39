package rules

import (
	"fmt"
	"slices"

	"github.com/gyrsec/gyr/field"
)

// statics reports whether the static fields a rule refers to are configured.
func (l *loader) statics(def *ruleDef, r *Rule) bool {
	return l.staticsOf(def, def.conditionPlace, r.Predicate.Fields()) && l.staticsOf(def, def.outputPlace, r.Template.Refs())
}

func (l *loader) staticsOf(def *ruleDef, p place, refs []*field.Ref) bool {
	for _, ref := range refs {
		err := UnknownStatic(ref, l.opts.Static)
		switch {
		case err == nil:
		case def.skipUnknown:
			l.warn(WarnUnknownFilter, p, "the rule %q is skipped: %s", def.name, err)
			return false
		default:
			l.fail(ErrValidate, p, "%s", err)
			return false
		}
	}
	return true
}

// UnknownStatic is an error where a reference is to a static field that is not
// one of names; nil names are not known, and anything is taken.
func UnknownStatic(ref *field.Ref, names []string) error {
	if names == nil || ref.Field.Name != field.Static || slices.Contains(names, ref.Arg) {
		return nil
	}
	return fmt.Errorf("%w %s: set %s under static_fields in the configuration", field.ErrUnknown, ref.Name, ref.Arg)
}
