package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/rules"
)

// dropAlert is what Falco says when events were lost, as far as its fields go,
// with a name a hostile program may have.
func dropAlert(o Options) *Alert {
	return NewInternal("Falco internal: syscall event drop", rules.Debug,
		"Falco internal: syscall event drop. 2 system calls dropped in last second.",
		[]Value{{"n_evts", "13973"}, {"n_drops", "2"}, {"ebpf_enabled", "1"}, {"flooder.proc.name", "a\"\n\x1b[2Jb"}},
		time.Unix(0, eventTime), o)
}

func TestInternal(t *testing.T) {
	o := Options{Hostname: "node-1", Location: time.FixedZone("", 2*60*60)}
	golden(t, "internal.txt", string(dropAlert(o).AppendText(nil)))
	golden(t, "internal.json", string(dropAlert(o).AppendJSON(nil)))
	// The switches are about the alerts of rules.
	o.ISOTime, o.IncludeMessage, o.IncludeTags = true, true, true
	golden(t, "internal_iso.txt", string(dropAlert(o).AppendText(nil)))
	golden(t, "internal.json", string(dropAlert(o).AppendJSON(nil)))
}

func TestInternalWithoutValues(t *testing.T) {
	a := NewInternal("Falco internal: x", rules.Critical, "it\nis", nil, time.Unix(0, eventTime), Options{Location: time.UTC})
	if diff := cmp.Diff(`17:48:58.590038385: Critical it\nis`, string(a.AppendText(nil))); diff != "" {
		t.Error(diff)
	}
	var m map[string]any
	if err := json.Unmarshal(a.AppendJSON(nil), &m); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"hostname": "", "output": "it\nis", "output_fields": map[string]any{}, "priority": "Critical",
		"rule": "Falco internal: x", "source": "internal", "time": "2019-11-27T17:48:58.590038385Z",
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
}

func FuzzInternal(f *testing.F) {
	f.Add("message", "value")
	f.Add("a\nb\"", "\x80\xff\u2028")
	f.Fuzz(func(t *testing.T, message, value string) {
		a := NewInternal("r", rules.Debug, message, []Value{{"v", value}}, time.Unix(0, eventTime), Options{})
		if strings.ContainsFunc(string(a.AppendText(nil)), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("control characters in %q", a.Output)
		}
		if b := a.AppendJSON(nil); !json.Valid(b) {
			t.Errorf("not valid: %s", b)
		}
	})
}
