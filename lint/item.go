package lint

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/rules"
)

// item is one item of a rule file: a rule, a macro or a list, defined or
// changed.
type item struct {
	src        *source
	kind, name string
	line       int
	column     int
	keys       map[string]*yaml.Node
	allows     []*allow
}

// title names the item in findings.
func (i *item) title() string { return fmt.Sprintf("%s %q", i.kind, i.name) }

// location is where the item begins: at its key.
func (i *item) location() Location { return Location{i.src.name, i.line, i.column} }

// part is a value of an item that is part of a definition.
type part struct {
	item *item
	node *yaml.Node
}

// location is where the value begins.
func (p part) location() Location { return Location{p.item.src.name, p.node.Line, p.node.Column} }

// definition is what the items of one name make together, as far as findings
// need to know where it was written.
type definition struct {
	item      *item
	condition []part
	output    []part
	desc      part
	tags      []part
	// exceptions are those defined, each where it was defined; valued holds the
	// names of those that have values.
	exceptions []exception
	valued     map[string]bool
}

type exception struct {
	part
	name string
}

// index finds where in the files things were written.
type index struct {
	files []*source
	items []*item
	rules map[string]*definition
	// macros and lists likewise; of lists only the item counts.
	macros, lists map[string]*definition
}

// newIndex reads files that are known to load.
func newIndex(files []rules.Source) *index {
	x := &index{rules: map[string]*definition{}, macros: map[string]*definition{}, lists: map[string]*definition{}}
	for _, f := range files {
		src := newSource(f.Name, f.Data)
		x.files = append(x.files, src)
		d, err := yaml.NewLoader(bytes.NewReader(f.Data))
		for err == nil {
			var n yaml.Node
			if err = d.Load(&n); err == nil {
				for _, c := range n.Content {
					x.document(src, resolve(c))
				}
			}
		}
	}
	return x
}

func (x *index) document(src *source, n *yaml.Node) {
	for _, c := range n.Content {
		c = resolve(c)
		if n.Kind != yaml.SequenceNode || c.Kind != yaml.MappingNode {
			continue
		}
		it := &item{src: src, keys: map[string]*yaml.Node{}}
		heads := map[string]*yaml.Node{}
		for i := 0; i+1 < len(c.Content); i += 2 {
			heads[c.Content[i].Value] = c.Content[i]
			it.keys[c.Content[i].Value] = resolve(c.Content[i+1])
		}
		for _, kind := range []string{"list", "macro", "rule"} {
			if head := heads[kind]; head != nil {
				it.kind, it.name, it.line, it.column = kind, it.keys[kind].Value, head.Line, head.Column
				break
			}
		}
		if it.kind == "" {
			continue
		}
		it.allows = allowsAbove(src, c.Line)
		x.items = append(x.items, it)
		x.add(it)
	}
}

// add makes the item part of its definition.
func (x *index) add(it *item) {
	table := map[string]map[string]*definition{"rule": x.rules, "macro": x.macros, "list": x.lists}[it.kind]
	def := table[it.name]
	override := overrides(it)
	if def == nil || len(override) == 0 && (it.kind != "rule" || it.keys["condition"] != nil) {
		def = &definition{item: it, valued: map[string]bool{}}
		table[it.name] = def
	}
	if it.kind == "list" {
		return
	}
	parts := map[string]*[]part{"condition": &def.condition, "output": &def.output, "tags": &def.tags}
	for key, list := range parts {
		n := it.keys[key]
		switch {
		case n == nil:
		case override[key] == "append":
			*list = append(*list, part{it, n})
		default:
			*list = []part{{it, n}}
		}
	}
	if n := it.keys["desc"]; n != nil && override["desc"] != "append" {
		def.desc = part{it, n}
	}
	if n := it.keys["exceptions"]; n != nil {
		def.addExceptions(it, n, override["exceptions"] == "append")
	}
}

// overrides says of each key of the item how it changes an earlier one; empty
// for an item that defines.
func overrides(it *item) map[string]string {
	how := map[string]string{}
	if n := it.keys["append"]; n != nil && strings.EqualFold(n.Value, "true") {
		how["condition"], how["exceptions"] = "append", "append"
	}
	if n := it.keys["override"]; n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			how[n.Content[i].Value] = n.Content[i+1].Value
		}
	}
	return how
}

func (d *definition) addExceptions(it *item, n *yaml.Node, appended bool) {
	if !appended {
		d.exceptions, d.valued = nil, map[string]bool{}
	}
	for _, c := range n.Content {
		c = resolve(c)
		ex := exception{part: part{it, c}}
		defines, valued := false, false
		for i := 0; i+1 < len(c.Content); i += 2 {
			value := resolve(c.Content[i+1])
			switch c.Content[i].Value {
			case "name":
				ex.name = value.Value
			case "fields":
				defines = true
			case "values":
				valued = len(value.Content) > 0
			}
		}
		d.valued[ex.name] = d.valued[ex.name] || valued
		if defines {
			d.exceptions = append(d.exceptions, ex)
		}
	}
}

func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// conditionAt is the location of a byte of the definition's condition, which
// may have been put together from several parts.
func (d *definition) conditionAt(text string, offset int) Location {
	var values []string
	for _, p := range d.condition {
		values = append(values, p.node.Value)
	}
	full := strings.Join(values, " ")
	if strings.TrimSpace(full) != text || len(d.condition) == 0 {
		return d.item.location()
	}
	offset += len(full) - len(strings.TrimLeft(full, " \t\r\n"))
	for _, p := range d.condition {
		if offset <= len(p.node.Value) {
			return p.item.src.locate(p.node, offset)
		}
		offset -= len(p.node.Value) + 1
	}
	return d.item.location()
}

// find is the item and file a location is in.
func (x *index) find(at Location) (*item, *source) {
	var src *source
	for _, s := range x.files {
		if s.name == at.File {
			src = s
		}
	}
	var best *item
	for _, it := range x.items {
		if it.src == src && it.line <= at.Line && (best == nil || it.line > best.line) {
			best = it
		}
	}
	return best, src
}
