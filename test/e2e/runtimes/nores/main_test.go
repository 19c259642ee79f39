package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrantable(t *testing.T) {
	const allCapabilities = 0x1ffffffffff
	restricted := machine{bounding: allCapabilities &^ (1 << capSysResource), oomScoreAdj: -5, hard: map[string]uint64{"RLIMIT_NOFILE": 20000}}
	for _, c := range []struct {
		name, in, want string
		process        bool
		here           machine
	}{
		{
			name: "capability", here: restricted,
			in:   `{"process":{"capabilities":{"bounding":["CAP_KILL","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_RESOURCE"]}}}`,
			want: `{"process":{"capabilities":{"bounding":["CAP_KILL"],"effective":[]}}}`,
		},
		{name: "score too low", here: restricted, in: `{"process":{"oomScoreAdj":-998}}`, want: `{"process":{"oomScoreAdj":-5}}`},
		{name: "score high enough", here: restricted, in: `{"process":{"oomScoreAdj":0}}`, want: `{"process":{"oomScoreAdj":0}}`},
		{
			name: "limit", here: restricted,
			in:   `{"process":{"rlimits":[{"hard":18446744073709551615,"soft":1024,"type":"RLIMIT_NOFILE"},{"hard":99999,"soft":9,"type":"RLIMIT_X"}]}}`,
			want: `{"process":{"rlimits":[{"hard":20000,"soft":1024,"type":"RLIMIT_NOFILE"},{"hard":99999,"soft":9,"type":"RLIMIT_X"}]}}`,
		},
		{name: "one more process", here: restricted, process: true, in: `{"oomScoreAdj":-998}`, want: `{"oomScoreAdj":-5}`},
		{
			name: "nothing lacks", here: machine{bounding: allCapabilities, hard: map[string]uint64{"RLIMIT_NOFILE": 1}},
			in:   `{"process":{"capabilities":{"bounding":["CAP_SYS_RESOURCE"]},"oomScoreAdj":-998,"rlimits":[{"hard":7,"type":"RLIMIT_NOFILE"}]}}`,
			want: `{"process":{"capabilities":{"bounding":["CAP_SYS_RESOURCE"]},"oomScoreAdj":-998,"rlimits":[{"hard":7,"type":"RLIMIT_NOFILE"}]}}`,
		},
		{name: "large numbers stay", here: restricted, in: `{"linux":{"x":9007199254740993}}`, want: `{"linux":{"x":9007199254740993}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := grantable([]byte(c.in), c.process, c.here)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, string(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	if _, err := grantable([]byte("{"), false, restricted); err == nil {
		t.Error("half a configuration was taken for a whole one")
	}
}

func TestAsked(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--root", "/r", "create", "--bundle", "/b", "id"}, "/b/config.json"},
		{[]string{"create", "-b", "/b", "id"}, "/b/config.json"},
		{[]string{"run", "--bundle=/b", "id"}, "/b/config.json"},
		{[]string{"run", "id"}, "config.json"},
		{[]string{"exec", "--process", "/p.json", "id"}, "/p.json"},
		{[]string{"exec", "id", "sh"}, ""},
		{[]string{"state", "id"}, ""},
	} {
		if got, _, _ := asked(c.args); got != c.want {
			t.Errorf("asked(%q) = %q, want %q", c.args, got, c.want)
		}
	}
}
