package rules

import (
	"slices"
	"strings"
)

// listDef is a list while files are being read.
type listDef struct {
	definition
	items []text
	used  bool
	// values are the items with lists among them replaced, once checked.
	state  checkState
	values []string
}

// list reads a list item.
func (l *loader) list(m fields) {
	name, p, ok := l.name(m, "list")
	if !ok {
		return
	}
	m.place = p
	l.unknownKeys(m, "list", "items", "append", "override")
	if name == "" || strings.ContainsAny(name, listDelimiters+`'"`) {
		l.warn(WarnInvalidListName, p, "the list %q can never be referred to: a name must not contain blanks, quotes or any of ( ) , =", name)
	}
	mode, ok := l.mode(m, "items")
	if !ok {
		return
	}
	if !m.has("items") {
		l.fail(ErrYAMLValidate, p, "the list %q has no items: add \"items: [a, b]\"", name)
		return
	}
	items, ok := l.texts(m, "items", valueContext, listItemContext)
	if !ok {
		return
	}
	def := &listDef{definition: definition{name: name, place: p}, items: items}
	prev, found := l.lists.get(name)
	switch {
	case mode == defineItem || mode == replaceItem && found:
		l.lists.put(def, l.touch())
	case found:
		prev.items = append(slices.Clip(prev.items), items...)
		prev.last = l.touch()
	default:
		l.noPrevious(p, "list", name, l.lists.names())
		l.lists.put(def, l.touch())
	}
}

// listDelimiters bound a word of a condition that may be the name of a list.
const listDelimiters = " \t\n\r(),="

// expandList returns the values of a list, lists among its items replaced by
// their values. Where lists contain each other, the name of the one being
// expanded stays a value.
func (l *loader) expandList(def *listDef) []string {
	if def.state == checked {
		return def.values
	}
	def.state = checking
	for _, item := range def.items {
		inner, ok := l.lists.get(item.value)
		if !ok || inner.state == checking {
			def.values = append(def.values, quote(item.value))
			continue
		}
		inner.used = true
		values := l.expandList(inner)
		if spend(&l.spent.values, len(values), maxListValues) {
			l.fail(ErrValidate, item.place, "the lists hold more than %d values when lists in lists are counted: make them smaller", maxListValues)
		}
		if l.spent.values > maxListValues {
			def.values = nil
			break
		}
		def.values = append(def.values, values...)
	}
	def.state = checked
	return def.values
}

// quote puts a value in double quotes where it would fall apart as text of a
// condition. Quotes that are there already are the author's own.
func quote(s string) string {
	if s == "" {
		return `""`
	}
	if !strings.ContainsAny(s, " \t\n\r()=\"'") || s[0] == '"' || s[0] == '\'' {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' && (i == 0 || s[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}

// expandLists replaces the names of lists in a condition by their values, as
// text: a name counts where blanks, ( ) , or = bound it, outside quotes. An
// empty list takes a comma next to it along. used collects the lists' names.
func (l *loader) expandLists(s script, used map[string]bool) script {
	if len(l.lists.all) == 0 {
		return s
	}
	var out script
	for _, p := range s {
		if p.fixed {
			out = append(out, p)
			continue
		}
		out = l.expandPiece(out, p, used)
	}
	return out
}

func (l *loader) expandPiece(out script, p piece, used map[string]bool) script {
	done := 0
	for _, w := range words(p.text) {
		def, ok := l.lists.get(p.text[w.start:w.end])
		if !ok || w.start < done {
			continue
		}
		def.used = true
		if used != nil {
			used[def.name] = true
		}
		values := l.expandList(def)
		before, after := p.text[done:w.start], w.end
		if len(values) == 0 {
			before, after = dropComma(before, p.text, after)
		}
		out = append(out, piece{text: before, from: p.from, offset: p.offset + done})
		expanded := piece{text: strings.Join(values, ", "), from: p.from, offset: p.offset + w.start, fixed: true}
		if spend(&l.spent.bytes, len(expanded.text), maxExpandedText) {
			l.fail(ErrValidate, def.place, "the conditions grow by more than %d bytes when lists are put in, at last by the list %q: make the lists smaller", maxExpandedText, def.name)
		}
		if l.spent.bytes > maxExpandedText {
			expanded.text = quote(def.name)
		}
		out = append(out, expanded)
		done = after
	}
	return append(out, piece{text: p.text[done:], from: p.from, offset: p.offset + done})
}

// dropComma removes the comma before an empty list, or else the one after it.
func dropComma(before, text string, after int) (string, int) {
	if t := strings.TrimRight(before, " \t\n\r"); strings.HasSuffix(t, ",") {
		return strings.TrimSuffix(t, ",") + " ", after
	}
	rest := strings.TrimLeft(text[after:], " \t\n\r")
	if strings.HasPrefix(rest, ",") {
		return before, len(text) - len(rest) + 1
	}
	return before, after
}

type word struct{ start, end int }

// words are the parts of a condition's text that can be names of lists.
func words(s string) []word {
	var all []word
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.IndexByte(listDelimiters, c) >= 0:
			i++
		case c == '"' || c == '\'':
			i = endOfQuotes(s, i)
		default:
			start := i
			for i < len(s) && strings.IndexByte(listDelimiters, s[i]) < 0 {
				i++
			}
			all = append(all, word{start, i})
		}
	}
	return all
}

// endOfQuotes is the offset behind the quoted string that begins at i.
func endOfQuotes(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case s[i]:
			return j + 1
		}
	}
	return len(s)
}
