package lint

import (
	"fmt"
	"slices"
	"strings"
)

// allowMark begins a comment that keeps findings quiet.
const allowMark = "gyr-lint:"

// allow is such a comment: # gyr-lint: allow GYR001, GYR002 because.
type allow struct {
	at     Location
	codes  []string
	reason string
	used   map[string]bool
}

// allowsAbove reads the comments directly above a line.
func allowsAbove(src *source, line int) []*allow {
	var list []*allow
	for n := line - 1; n > 0; n-- {
		text := strings.TrimSpace(string(src.text.Line(n)))
		if !strings.HasPrefix(text, "#") {
			break
		}
		rest, ok := strings.CutPrefix(strings.TrimLeft(text, "# \t"), allowMark)
		if !ok {
			continue
		}
		a := &allow{at: Location{src.name, n, strings.IndexByte(string(src.text.Line(n)), '#') + 1}, used: map[string]bool{}}
		words := strings.Fields(strings.ReplaceAll(rest, ",", " , "))
		if len(words) > 0 && words[0] == "allow" {
			words = words[1:]
		}
		for len(words) > 0 && (words[0] == "," || isCode(words[0])) {
			if words[0] != "," {
				a.codes = append(a.codes, words[0])
			}
			words = words[1:]
		}
		a.reason = strings.Join(words, " ")
		list = append(list, a)
	}
	return list
}

// isCode reports whether a word has the form of a code.
func isCode(word string) bool {
	digits, ok := strings.CutPrefix(word, "GYR")
	return ok && len(digits) == 3 && strings.Trim(digits, "0123456789") == ""
}

// allowed takes out the findings that a comment allows.
func (x *index) allowed(findings []Finding) []Finding {
	return slices.DeleteFunc(findings, func(f Finding) bool {
		it, _ := x.find(f.Location)
		if it == nil {
			return false
		}
		quiet := false
		for _, a := range it.allows {
			if a.reason != "" && slices.Contains(a.codes, f.Code) {
				a.used[f.Code] = true
				quiet = true
			}
		}
		return quiet
	})
}

// checkAllows finds comments that allow nothing.
func (c *checker) checkAllows() {
	for _, it := range c.index.items {
		for _, a := range it.allows {
			switch {
			case len(a.codes) == 0:
				c.report(CodeAllow, a.at, it.title(), "the comment names no code: write \"# gyr-lint: allow GYR000 REASON\" with the code of the finding")
			case a.reason == "":
				c.report(CodeAllow, a.at, it.title(), fmt.Sprintf("the comment gives no reason and allows nothing: write why %s is right here behind the code", a.codes[0]))
			default:
				for _, code := range a.codes {
					if !a.used[code] {
						c.report(CodeAllow, a.at, it.title(), fmt.Sprintf("there is no %s in the %s to allow: remove the comment", code, it.title()))
					}
				}
			}
		}
	}
}
