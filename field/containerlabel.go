package field

import (
	"strings"

	"github.com/gyrsec/gyr/event"
)

// labelsOf picks the labels a field is about; false where nobody told any yet.
type labelsOf func(*event.Event) ([]event.Label, bool)

func containerLabels(e *event.Event) ([]event.Label, bool) {
	d := told(e)
	if d == nil {
		return nil, false
	}
	return d.Labels, true
}

func podLabels(e *event.Event) ([]event.Label, bool) {
	d := told(e)
	if d == nil || d.Pod == nil {
		return nil, false
	}
	return d.Pod.Labels, true
}

// labelField is one label, by name.
func labelField(name, what string, of labelsOf) Field {
	f := text(name, "One label of the "+what+": "+name+"[NAME] or "+name+".NAME.", nil)
	return f.takes(ArgRequired|ArgKey, func(r *Ref, arg string, _ bool) error {
		r.Text = func(e *event.Event) (string, bool) {
			labels, _ := of(e)
			for i := range labels {
				if labels[i].Name == arg {
					return labels[i].Value, true
				}
			}
			return "", false
		}
		return nil
	})
}

// labelsField is all labels in one text. Those that runtimes and Kubernetes
// write for themselves are left out: they are the same for every container, and
// other fields have what they say.
func labelsField(name, what string, of labelsOf) Field {
	desc := "Labels of the " + what + " as name:value, with commas between; without those of Kubernetes' own (io.kubernetes. and annotation.), which can be asked for one by one."
	return text(name, desc, func(e *event.Event) (string, bool) {
		labels, ok := of(e)
		if !ok {
			return "", false
		}
		return e.Text(func(dst []byte) []byte { return appendLabels(dst, labels) }), true
	})
}

func appendLabels(dst []byte, labels []event.Label) []byte {
	start := len(dst)
	for i := range labels {
		l := &labels[i]
		if strings.HasPrefix(l.Name, "io.kubernetes.") || strings.HasPrefix(l.Name, "annotation.") {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ", "...)
		}
		dst = append(dst, l.Name...)
		if l.Value != "" {
			dst = append(dst, ':')
			dst = append(dst, l.Value...)
		}
	}
	return dst
}
