package condition

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/event"
)

func TestGetopt(t *testing.T) {
	tests := []struct {
		args    []string
		letters string
		want    string // letter=argument ...
	}{
		{nil, "ab:", ""},
		{[]string{"-a"}, "ab:", "a="},
		{[]string{"-b", "x"}, "ab:", "b=x"},
		{[]string{"-bx"}, "ab:", "b=x"},
		{[]string{"-ab", "x"}, "ab:", "a= b=x"},
		{[]string{"-abx", "-a"}, "ab:", "a= b=x a="},
		{[]string{"-b"}, "ab:", ""},
		{[]string{"-b", "-a"}, "ab:", "b=-a"},
		{[]string{"-c", "-a"}, "ab:", "a="},
		{[]string{"-ca"}, "ab:", "a="},
		{[]string{"x", "-a"}, "ab:", "a="},
		{[]string{"x", "-a"}, "+ab:", ""},
		{[]string{"-a", "x", "-a"}, "+ab:", "a="},
		{[]string{"--", "-a"}, "ab:", ""},
		{[]string{"-a", "--", "-b", "x"}, "ab:", "a="},
		{[]string{"--ab", "-a"}, "ab:", "a="},
		{[]string{"-", "-a"}, "ab:", "a="},
		{[]string{"-c5"}, "c::", "c=5"},
		{[]string{"-c", "5"}, "c::", "c="},
		{[]string{"-b", "x y", "-b", ""}, "b:", "b=x y b="},
		{[]string{"-a", "-:"}, ":ab:", "a="},
		{[]string{"", "-a"}, "a", "a="},
	}
	for _, tt := range tests {
		at := func(_ *event.Event, i int) (string, bool) {
			if i >= len(tt.args) {
				return "", false
			}
			return tt.args[i], true
		}
		var got []string
		o := newOptions(nil, at, tt.letters)
		for {
			letter, value, ok := o.next()
			if !ok {
				break
			}
			got = append(got, letter+"="+value)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q with %q:\n%s", tt.args, tt.letters, diff)
		}
	}
}

// shellEvent is a shell that was given options.
func shellEvent() *event.Event {
	e := fileEvent()
	p := e.Process
	p.Args = []string{"-i", "-c", "nc -l 99", "-p", "1", "-p", "2", "name"}
	p.ArgsLine = strings.Join(p.Args, " ")
	p.Cmdline = "sh " + p.ArgsLine
	return e
}

func TestMatchGetopt(t *testing.T) {
	checkMatches(t, shellEvent, map[string]bool{
		"getopt(proc.args, 'ic:p:')[c] = 'nc -l 99'":         true,
		"getopt(proc.args, 'ic:p:')[c] startswith nc":        true,
		"getopt(proc.args, 'ic:p:')[i] exists":               true,
		"getopt(proc.args, 'ic:p:')[i] = ''":                 true,
		"getopt(proc.args, 'ic:p:')[p] = 2":                  true,
		"getopt(proc.args, 'ic:p:')[p] = 1":                  false,
		"getopt(proc.args, 'ic:p:x')[x] exists":              false,
		"getopt(proc.args, 'ic:p:x')[x] != y":                false,
		"not getopt(proc.args, 'ic:p:x')[x] = y":             true,
		"getopt(proc.args, 'ic:p:') intersects (c)":          true,
		"getopt(proc.args, 'ic:p:') intersects (x)":          false,
		"getopt(proc.args, 'ic:p:') in (i, c, p)":            true,
		"getopt(proc.args, 'ic:p:') in (i, c)":               false,
		"getopt(proc.args, '+ic:') in (i, c)":                true,
		"getopt(proc.args, 'x') exists":                      false,
		"len(getopt(proc.args, 'ic:p:')) = 4":                true,
		"tolower(getopt(proc.args, 'ic:p:')[c]) contains nc": true,
		"getopt(proc.cmdline, 'ic:')[c] = nc":                true, // words: the quotes of the shell are gone
		"getopt(tolower(proc.cmdline), 'ic:')[c] = nc":       true,
		"proc.name = getopt(proc.args, 'ic:p:')[c]":          false,
		"join('', getopt(proc.args, 'ic:p:')) = icpp":        true,
	})
	checkMatches(t, orphanEvent, map[string]bool{"getopt(proc.args, 'a')[a] exists": false, "getopt(proc.env[X], 'a')[a] exists": false})
}
