package event

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// referenceLine is one entry of Falco's event table: its class, direction and
// name, and each parameter as name:TYPE{names}.
type referenceLine struct {
	Class, Direction, Name string
	Params                 []string
}

// reference reads the event table, in its order.
func reference(t *testing.T) []referenceLine {
	t.Helper()
	dir := os.Getenv("GYR_TESTDATA")
	if dir == "" {
		t.Skip("GYR_TESTDATA is not set: no event table to compare with")
	}
	f, err := os.Open(filepath.Join(dir, "reference", "events.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []referenceLine
	for scan := bufio.NewScanner(f); scan.Scan(); {
		line := scan.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 4 {
			t.Fatalf("%q has %d cells, want 4", line, len(cells))
		}
		lines = append(lines, referenceLine{cells[0], cells[1], cells[2], strings.Fields(cells[3])})
	}
	if len(lines) < 700 {
		t.Fatalf("the event table has %d lines", len(lines))
	}
	return lines
}

// The schema has every event type of Falco's table, with the same parameters,
// and none besides.
func TestSchemaIsFalcos(t *testing.T) {
	want := map[string]referenceLine{}
	for _, line := range reference(t) {
		want[line.Direction+" "+line.Name] = line
	}
	got := map[string]referenceLine{}
	for typ := range Types {
		info := Describe(typ)
		add := func(direction string, params []Param) {
			got[direction+" "+info.Name] = referenceLine{info.Class.String(), direction, info.Name, describeParams(params)}
		}
		if info.Direction != DirEnter {
			add("<", info.Params)
		}
		switch {
		case info.Direction == DirExit:
		case info.Enter != nil:
			add(">", info.Enter)
		default:
			add(">", info.Params)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func describeParams(params []Param) []string {
	texts := []string{}
	for _, p := range params {
		text := p.Name + ":" + p.Type.String()
		if len(p.Flags) > 0 {
			var names []string
			for _, f := range p.Flags {
				names = append(names, f.Name)
			}
			text += "{" + strings.Join(names, ",") + "}"
		}
		texts = append(texts, text)
	}
	return texts
}

// evt.rawarg takes the type of a parameter from the first event type that has
// it; that has to be the kind of value it is in Falco.
func TestFirstParamDecides(t *testing.T) {
	text := map[string]bool{}
	for typ := ParamType(0); typ < paramTypes; typ++ {
		text[typ.String()] = typ.IsText()
	}
	want := map[string]bool{}
	for _, line := range reference(t) {
		for _, p := range line.Params {
			name, rest, _ := strings.Cut(p, ":")
			typ, _, _ := strings.Cut(rest, "{")
			if _, seen := want[name]; !seen {
				want[name] = text[typ]
			}
		}
	}
	seen := map[string]bool{}
	for typ := range Types {
		for _, p := range Describe(typ).Params {
			if !seen[p.Name] && p.Type.IsText() != want[p.Name] {
				t.Errorf("%s is first %v, in %v: text is %v, want %v", p.Name, p.Type, typ, p.Type.IsText(), want[p.Name])
			}
			seen[p.Name] = true
		}
	}
}
