package field

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/event"
)

func mountFields() []Field {
	source := func(m *event.Mount) string { return m.Source }
	destination := func(m *event.Mount) string { return m.Destination }
	one := func(name, desc string, by func(*event.Mount) string, get func(*event.Event, *event.Mount) string) Field {
		return text(name, desc+" The name may be a pattern with * and ?, which stand for any characters; the first mount it fits counts.", nil).
			takes(ArgRequired|ArgIndex|ArgKey, func(r *Ref, arg string, _ bool) error {
				find, err := mountFinder(r.Field, arg, by)
				r.Text = func(e *event.Event) (string, bool) {
					m := find(e)
					if m == nil {
						return "", false
					}
					return get(e, m), true
				}
				return err
			})
	}
	part := func(get func(*event.Mount) string) func(*event.Event, *event.Mount) string {
		return func(_ *event.Event, m *event.Mount) string { return get(m) }
	}
	return []Field{
		text("container.mounts", "Mounts of the container as source:destination:mode:writable:propagation, with commas between.", mounts),
		one("container.mount", "One mount of the container as container.mounts has it, by number or source: container.mount[0], container.mount[/data].", source, wholeMount),
		one("container.mount.source", "Source of a mount, by number or destination.", destination, part(source)),
		one("container.mount.dest", "Destination of a mount, by number or source.", source, part(destination)),
		one("container.mount.mode", "Mode of a mount (the runtime's word for its options), by number or source.", source, part(func(m *event.Mount) string { return m.Mode })),
		one("container.mount.rdwr", "Whether a mount is writable, by number or source: true or false.", source, part(func(m *event.Mount) string { return strconv.FormatBool(m.Writable) })),
		one("container.mount.propagation", "Propagation of a mount, by number or source.", source, part(func(m *event.Mount) string { return m.Propagation })),
	}
}

// mountFinder finds the mount that the argument means: the n-th, or the first
// whose source or destination (by) is the argument or fits it as a pattern.
func mountFinder(f *Field, arg string, by func(*event.Mount) string) (func(*event.Event) *event.Mount, error) {
	if strings.Trim(arg, "0123456789") == "" {
		n, err := index(f, arg)
		return func(e *event.Event) *event.Mount {
			d := told(e)
			if d == nil || n >= len(d.Mounts) {
				return nil
			}
			return &d.Mounts[n]
		}, err
	}
	fits := pattern(arg)
	return func(e *event.Event) *event.Mount {
		d := told(e)
		if d == nil {
			return nil
		}
		for i := range d.Mounts {
			if fits(by(&d.Mounts[i])) {
				return &d.Mounts[i]
			}
		}
		return nil
	}, nil
}

// pattern makes a test of a text by a pattern of the shell's kind, in which a
// * stands for slashes too.
func pattern(glob string) func(string) bool {
	if !strings.ContainsAny(glob, `*?[\`) {
		return func(s string) bool { return s == glob }
	}
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteByte('.')
		case '[':
			set, n := patternSet(glob[i:])
			b.WriteString(set)
			i += n - 1
		case '\\':
			if i+1 < len(glob) {
				i++
			}
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		}
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		// A set that is none, as [z-a].
		return func(s string) bool { return s == glob }
	}
	return re.MatchString
}

// patternSet is the set of characters a pattern begins with, as a regular
// expression, and its length in the pattern. A [ that nothing closes is itself.
func patternSet(glob string) (string, int) {
	first := 1
	if first < len(glob) && (glob[first] == '!' || glob[first] == '^') {
		first++
	}
	// A ] right at the beginning belongs to the set.
	end := strings.IndexByte(glob[min(first+1, len(glob)):], ']')
	if end < 0 {
		return `\[`, 1
	}
	end += first + 1
	set := "["
	if first == 2 {
		set += "^"
	}
	for _, c := range glob[first:end] {
		switch c {
		case '\\', '[', ']', '^':
			set += `\`
		}
		set += string(c)
	}
	return set + "]", end + 1
}

func mounts(e *event.Event) (string, bool) {
	d := told(e)
	if d == nil {
		return "", false
	}
	return e.Text(func(dst []byte) []byte {
		for i := range d.Mounts {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendMount(dst, &d.Mounts[i])
		}
		return dst
	}), true
}

func wholeMount(e *event.Event, m *event.Mount) string {
	return e.Text(func(dst []byte) []byte { return appendMount(dst, m) })
}

func appendMount(dst []byte, m *event.Mount) []byte {
	dst = append(append(dst, m.Source...), ':')
	dst = append(append(dst, m.Destination...), ':')
	dst = append(append(dst, m.Mode...), ':')
	dst = append(strconv.AppendBool(dst, m.Writable), ':')
	return append(dst, m.Propagation...)
}
