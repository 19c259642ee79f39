package field

import "github.com/gyrsec/gyr/event"

// Static is the class of the fields that the configuration defines, and the name
// of the one field that stands for all of them.
const Static = "static"

func staticFields() []Field {
	f := text(Static, "What the configuration says under static_fields, of any event: static.NAME.", nil)
	return []Field{f.takes(ArgRequired|ArgKey, func(r *Ref, arg string, _ bool) error {
		r.Text = func(e *event.Event) (string, bool) {
			if e.Static == nil {
				return "", false
			}
			return e.Static.Static(arg)
		}
		return nil
	})}
}
