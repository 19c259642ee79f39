package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/condition"
)

// fileTest is a set of rule files with everything a user sees of them: the
// verdict, the codes of the diagnostics in their order, what the first one
// says, and what the condition of the rule "r" means, "" where it is not
// loaded.
type fileTest struct {
	name     string
	files    []string
	verdict  string
	codes    string
	says     string
	compiled string
}

// The verdicts, as -V prints them.
const (
	valid   = "Ok"
	warned  = "Ok, with warnings"
	invalid = "Invalid"
)

func one(items ...string) []string { return []string{strings.Join(items, "")} }

func list(name, items string) string { return "- list: " + name + "\n  items: [" + items + "]\n" }
func macro(name, cond string) string { return "- macro: " + name + "\n  condition: " + cond + "\n" }
func keys(lines ...string) string    { return "  " + strings.Join(lines, "\n  ") + "\n" }
func change(lines ...string) string  { return "- rule: r\n" + keys(lines...) }
func exception(lines ...string) string {
	return "  exceptions:\n  - " + strings.Join(lines, "\n    ") + "\n"
}

func runFileTests(t *testing.T, tests []fileTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var files []Source
			for i, data := range tt.files {
				files = append(files, Source{Name: string(rune('f' + i)), Data: []byte(data)})
			}
			verdicts, set := Validate(files, Options{})
			got := fileTest{name: tt.name, files: tt.files, verdict: valid, says: tt.says}
			var all []Diagnostic
			for _, v := range verdicts {
				_, verdict, _ := strings.Cut(strings.SplitN(v.Result(), "\n", 2)[0], ": ")
				if verdict == invalid || verdict == warned && got.verdict == valid {
					got.verdict = verdict
				}
				all = append(append(all, v.Errors...), v.Warnings...)
			}
			var codes []string
			for _, d := range all {
				codes = append(codes, strings.TrimPrefix(d.Code, "LOAD_"))
			}
			got.codes = strings.Join(codes, " ")
			if tt.says != "" && (len(all) == 0 || !strings.Contains(all[0].Message, tt.says)) {
				got.says = "something else"
			}
			if set != nil {
				for _, r := range set.All {
					if r.Name == "r" && r.Condition != nil {
						got.compiled = condition.Print(r.Condition)
					}
				}
			}
			if diff := cmp.Diff(tt, got, cmp.AllowUnexported(fileTest{})); diff != "" {
				t.Errorf("%s\n%v", diff, all)
			}
		})
	}
}

func TestListFiles(t *testing.T) {
	runFileTests(t, []fileTest{
		{"no items", one(list("l", ""), rule("r", "proc.name in (l) and evt.type = open")), valid, "", "", "(proc.name in () and evt.type = open)"},
		{"null items", one("- list: l\n  items:\n", rule("r", "evt.type in (open, l)")), valid, "", "", "evt.type in (open)"},
		{"one item", one(list("l", "open"), rule("r", "evt.type in (l)")), valid, "", "", "evt.type in (open)"},
		{"a block of items", one("- list: l\n  items:\n    - open\n    - creat\n", rule("r", "evt.type in (l)")), valid, "", "", "evt.type in (open, creat)"},
		{"numbers", one(list("l", "1, 2"), rule("r", "evt.type = open and fd.num in (l)")), valid, "", "", "(evt.type = open and fd.num in (1, 2))"},
		{"hexadecimal and negative numbers", one(list("l", "0x10, -1"), rule("r", "evt.type = open and fd.num in (l)")), valid, "", "", "(evt.type = open and fd.num in (0x10, -1))"},
		{"an item twice", one(list("l", "a, a"), rule("r", "evt.type = open and proc.name in (l)")), valid, "", "", "(evt.type = open and proc.name in (a, a))"},
		{"an item with a dash and a dot", one(list("l", "a-b, c.d"), rule("r", "evt.type = open and proc.name in (l)")), valid, "", "", "(evt.type = open and proc.name in (a-b, c.d))"},
		{"an item with a slash", one(list("l", "/etc/shadow"), rule("r", "evt.type = open and fd.name in (l)")), valid, "", "", "(evt.type = open and fd.name in (/etc/shadow))"},
		{"an item with a blank", one(list("l", "a b"), rule("r", "evt.type = open and proc.cmdline in (l)")), valid, "", "", `(evt.type = open and proc.cmdline in ("a b"))`},
		{"a list within a list", one(list("k", "a"), list("l", "k, b"), rule("r", "evt.type = open and proc.name in (l)")), valid, "", "", "(evt.type = open and proc.name in (a, b))"},
		{"a list among values", one(list("l", "a, b"), rule("r", "evt.type = open and proc.name in (x, l, y)")), valid, "", "", "(evt.type = open and proc.name in (x, a, b, y))"},
		{"a list with pmatch", one(list("l", "/a, /b"), rule("r", "evt.type = open and fd.name pmatch (l)")), valid, "", "", "(evt.type = open and fd.name pmatch (/a, /b))"},
		{"a list with intersects", one(list("l", "a, b"), rule("r", "evt.type = execve and proc.name intersects (l)")), valid, "", "", "(evt.type = execve and proc.name intersects (a, b))"},
		{"a list with a modifier", one(list("l", "/a, /b"), rule("r", "evt.type = open and fd.name startswith anyof (l)")), valid, "", "", "(evt.type = open and fd.name startswith anyof (/a, /b))"},
		{"an unused list", one(list("l", "a"), rule("r", "evt.type = open")), warned, "UNUSED_LIST", `the list "l"`, "evt.type = open"},
		{"a list used in another file", []string{list("l", "open"), rule("r", "evt.type in (l)")}, valid, "", "", "evt.type in (open)"},
		{"a list defined twice", one(list("l", "open"), list("l", "creat"), rule("r", "evt.type in (l)")), valid, "", "", "evt.type in (creat)"},
		{"append: true", one(list("l", "open"), list("l", "creat"), keys("append: true"), rule("r", "evt.type in (l)")), warned, "DEPRECATED_ITEM", "items: append", "evt.type in (open, creat)"},
		{"override appends", one(list("l", "open"), list("l", "creat"), keys("override: {items: append}"), rule("r", "evt.type in (l)")), valid, "", "", "evt.type in (open, creat)"},
		{"override replaces", one(list("l", "open"), list("l", "creat"), keys("override: {items: replace}"), rule("r", "evt.type in (l)")), valid, "", "", "evt.type in (creat)"},
		{"override appends to nothing", one(list("l", "open"), keys("override: {items: append}")), invalid, "ERR_VALIDATE", "not defined before", ""},
		{"an unknown key", one(list("l", "open"), keys("item: a"), rule("r", "evt.type in (l)")), warned, "UNKNOWN_KEY", `did you mean "items"?`, "evt.type in (open)"},
		{"a name with a blank", one(`- list: "a b"`+"\n  items: [a]\n", rule("r", "evt.type = open")), warned, "INVALID_LIST_NAME UNUSED_LIST", "never be referred to", "evt.type = open"},
		{"items are a word", one("- list: l\n  items: open\n"), invalid, "ERR_YAML_VALIDATE", `"items" must be a list`, ""},
		{"items are mappings", one("- list: l\n  items: [{a: b}]\n"), invalid, "ERR_YAML_VALIDATE", "not a mapping", ""},
		{"no key items", one("- list: l\n"), invalid, "ERR_YAML_VALIDATE", "has no items", ""},
		{"no name", one("- list:\n  items: [a]\n"), invalid, "ERR_YAML_VALIDATE", `"list" is empty`, ""},
		{"the condition is a list's name only", one(list("l", "a"), rule("r", "evt.type = open and l")), invalid, "ERR_VALIDATE", `undefined macro "a"`, ""},
	})
}

func TestMacroFiles(t *testing.T) {
	opened := macro("m", "evt.type = open")
	runFileTests(t, []fileTest{
		{"a macro", one(opened, rule("r", "m")), valid, "", "", "evt.type = open"},
		{"not a macro", one(opened, macro("n", "proc.name = a"), rule("r", "m and not n")), valid, "", "", "(evt.type = open and not proc.name = a)"},
		{"not twice", one(opened, macro("n", "not proc.name = a"), rule("r", "m and not n")), valid, "", "", "(evt.type = open and proc.name = a)"},
		{"in parentheses", one(opened, rule("r", "(m) and (proc.name = a)")), valid, "", "", "(evt.type = open and proc.name = a)"},
		{"or inside and", one(opened, macro("n", "proc.name = a or proc.name = b"), rule("r", "m and n")), valid, "", "", "(evt.type = open and (proc.name = a or proc.name = b))"},
		{"three deep", one(opened, macro("n", "m and proc.name = a"), macro("o", "n and proc.tty = 0"), rule("r", "o")), valid, "", "", "((evt.type = open and proc.name = a) and proc.tty = 0)"},
		{"used twice", one(macro("m", "proc.name = a"), rule("r", "evt.type = open and (m or not m)")), valid, "", "", "(evt.type = open and (proc.name = a or not proc.name = a))"},
		{"with a digit and an underscore", one(macro("m_1", "evt.type = open"), rule("r", "m_1")), valid, "", "", "evt.type = open"},
		{"defined behind the rule", one(rule("r", "m"), opened), valid, "", "", "evt.type = open"},
		{"defined in a later file", []string{rule("r", "m"), opened}, valid, "", "", "evt.type = open"},
		{"defined twice", one(opened, macro("m", "evt.type = creat"), rule("r", "m")), valid, "", "", "evt.type = creat"},
		{"append: true", one(opened, macro("m", "or evt.type = creat"), keys("append: true"), rule("r", "m")), warned, "DEPRECATED_ITEM", "condition: append", "(evt.type = open or evt.type = creat)"},
		{"override appends", one(opened, macro("m", "or evt.type = creat"), keys("override: {condition: append}"), rule("r", "m")), valid, "", "", "(evt.type = open or evt.type = creat)"},
		{"override replaces", one(opened, macro("m", "evt.type = creat"), keys("override: {condition: replace}"), rule("r", "m")), valid, "", "", "evt.type = creat"},
		{"override replaces nothing", one(macro("m", "evt.type = creat"), keys("override: {condition: replace}")), invalid, "ERR_VALIDATE", "not defined before", ""},
		{"unused", one(opened, rule("r", "evt.type = open")), warned, "UNUSED_MACRO", `the macro "m"`, "evt.type = open"},
		{"a name that cannot be used", one(macro("a.b", "evt.type = open"), rule("r", "evt.type = open")), warned, "INVALID_MACRO_NAME UNUSED_MACRO", "never be referred to", "evt.type = open"},
		{"an unknown key", one(opened, keys("desc: d"), rule("r", "m")), warned, "UNKNOWN_KEY", `"desc"`, "evt.type = open"},
		{"not defined", one(rule("r", "m")), invalid, "ERR_VALIDATE", `undefined macro "m"`, ""},
		{"misspelt", one(macro("open_read", "evt.type = open"), rule("r", "open_raed"), rule("s", "open_read")), invalid, "ERR_VALIDATE", `did you mean "open_read"?`, ""},
		{"used by a macro before its definition", one(macro("m", "n"), macro("n", "evt.type = open"), rule("r", "m")), invalid, "ERR_VALIDATE", "before it is defined", ""},
		{"a macro changed later sees macros in between", one(opened, macro("n", "proc.name = a"), macro("m", "and n"), keys("override: {condition: append}"), rule("r", "m")), valid, "", "", "(evt.type = open and proc.name = a)"},
		{"a loop", one(macro("m", "evt.type = open"), macro("n", "m"), macro("m", "n"), keys("override: {condition: replace}")), invalid, "ERR_VALIDATE", "macro loop", ""},
		{"a fault inside", one(macro("m", "proc.nmae = a"), rule("r", "evt.type = open and m")), invalid, "ERR_COMPILE_CONDITION", "did you mean proc.name?", ""},
		{"a fault inside, used by two rules, is told once", one(macro("m", "proc.nmae = a"), rule("r", "m"), rule("s", "m")), invalid, "ERR_COMPILE_CONDITION", "proc.nmae", ""},
		{"a fault inside one that is not used", one(macro("m", "proc.nmae = a"), rule("r", "evt.type = open")), warned, "UNUSED_MACRO", "", "evt.type = open"},
		{"a syntax error inside one that is not used", one(macro("m", "evt.type = "), rule("r", "evt.type = open")), invalid, "ERR_COMPILE_CONDITION", "not valid", ""},
		{"no condition", one("- macro: m\n"), invalid, "ERR_YAML_VALIDATE", "has no condition", ""},
		{"the condition is a list", one("- macro: m\n  condition: [a]\n"), invalid, "ERR_YAML_VALIDATE", `"condition" must be a text`, ""},
	})
}
