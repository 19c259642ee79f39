package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTemplate(t *testing.T) {
	tests := []struct {
		output string
		want   []string
	}{
		{"", nil},
		{"plain text", []string{`"plain text"`}},
		{"%proc.name", []string{"proc.name"}},
		{"a %proc.name b", []string{`"a "`, "proc.name", `" b"`}},
		{"%proc.name%proc.pid", []string{"proc.name", "proc.pid"}},
		{"(%proc.name)", []string{`"("`, "proc.name", `")"`}},
		{"%proc.name.", []string{"proc.name", `"."`}},
		{"%proc.name:%proc.pid,", []string{"proc.name", `":"`, "proc.pid", `","`}},
		// The longest field counts, the rest is text.
		{"%proc.namex", []string{"proc.name", `"x"`}},
		{"%proc.nameproc.pid", []string{"proc.name", `"proc.pid"`}},
		{"%evt.time.iso8601", []string{"evt.time.iso8601"}},
		{"%evt.time.isox", []string{"evt.time", `".isox"`}},
		{"%proc.aname[2] x", []string{"proc.aname[2]", `" x"`}},
		{"%proc.name[2]", []string{"proc.name", `"[2]"`}},
		{"%proc.env[HOME]", []string{"proc.env[HOME]"}},
		{"%evt.arg.flags)", []string{"evt.arg.flags", `")"`}},
		{"%evt.arg[0]", []string{"evt.arg[0]"}},
		{"%10proc.name|", []string{"10:proc.name", `"|"`}},
		{"100%% of %proc.name", []string{`"100% of "`, "proc.name"}},
		{"%toupper(proc.name)!", []string{"toupper(proc.name)", `"!"`}},
		{"%tolower(basename(proc.exepath))", []string{"tolower(basename(proc.exepath))"}},
		{"a %container.info b", []string{`"a  b"`}},
	}
	for _, tt := range tests {
		t.Run(tt.output, func(t *testing.T) {
			tpl, err := ParseTemplate(tt.output)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range tpl.Segments {
				switch {
				case s.Ref == nil:
					got = append(got, fmt.Sprintf("%q", s.Text))
				case s.Width > 0:
					got = append(got, fmt.Sprintf("%d:%s", s.Width, s.Name))
				default:
					got = append(got, s.Name)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseTemplateErrors(t *testing.T) {
	tests := []struct {
		output  string
		offset  int
		unknown bool
		says    string
	}{
		{"a %", 2, false, "ends in"},
		{"a %5", 2, false, "ends in"},
		{"a % b", 2, false, "a field must follow %"},
		{"a %nofield b", 2, true, "unknown field nofield"},
		{"a %proc.nmae b", 2, true, "did you mean proc.name?"},
		{"a %evt.arg b", 2, false, "needs an argument"},
		{"a %proc.aname[2", 13, false, "not closed"},
		{"a %99999proc.name", 2, false, "too large"},
		{"a %toupper(proc.name", 20, false, "closing parenthesis"},
		{"a %toupper(proc.nmae)", 10, true, "did you mean proc.name?"},
		{"a %concat(proc.name,x)", 3, false, "cannot be used in an output"},
	}
	for _, tt := range tests {
		t.Run(tt.output, func(t *testing.T) {
			_, err := ParseTemplate(tt.output)
			var te *TemplateError
			if !errors.As(err, &te) {
				t.Fatalf("error %v, want a *TemplateError", err)
			}
			if te.Offset != tt.offset || te.Unknown != tt.unknown || !strings.Contains(te.Msg, tt.says) {
				t.Errorf("got offset %d, unknown %t, %q; want %d, %t, %q", te.Offset, te.Unknown, te.Msg, tt.offset, tt.unknown, tt.says)
			}
		})
	}
}
