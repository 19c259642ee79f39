package lint

import (
	"testing"

	"github.com/gyrsec/gyr/rules"
)

// Whatever loads can be checked, and every finding points into the file.
func FuzzCheck(f *testing.F) {
	for _, c := range Codes() {
		f.Add([]byte(c.Wrong))
		f.Add([]byte(c.Right))
	}
	f.Add([]byte("- list: a\n  items: [b]\n- list: a\n  append: true\n  items: [c]\n- macro: m\n  condition: not not m\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		findings, err := Check([]rules.Source{{Name: "f", Data: data}}, Options{})
		if err != nil {
			return
		}
		for _, finding := range findings {
			if _, ok := Lookup(finding.Code); !ok || finding.File != "f" || finding.Line < 1 || finding.Column < 1 || finding.Message == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}
