package output

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

// stuck is a channel whose receiver takes a line for each value of gate.
func stuck(t *testing.T, test func(t *testing.T, c *Channel, to *receiver)) {
	synctest.Test(t, func(t *testing.T) {
		to := &receiver{gate: make(chan struct{})}
		c := NewWriter("stdout", to, Options{Format: JSON, Internal: alert.Options{Hostname: "node"}})
		test(t, c, to)
	})
}

// told are the alerts about dropped ones, as they were written.
func (r *receiver) told(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, line := range r.lines() {
		m := map[string]any{}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if m["rule"] == droppedRule {
			all = append(all, m)
		}
	}
	return all
}

// formatted is an alert that can be written as JSON.
func formatted(o alert.Origin, rule string, now time.Time) *alert.Alert {
	a := alert.NewInternal(rule, rules.Notice, "x", nil, now, alert.Options{})
	a.Origin = o
	return a
}

func TestDroppedAlert(t *testing.T) {
	stuck(t, func(t *testing.T, c *Channel, to *receiver) {
		flooder := alert.Origin{PID: 41, Start: 5, PPID: 40, SID: 40, Name: "xm\nrig", ExePath: "/tmp/xmrig", Container: "0123456789ab", Cgroup: "/docker/0"}
		const flood = DefaultCapacity + 1000
		for i := range flood {
			rule := "Rare Rule"
			if i%10 > 0 {
				rule = "Frequent Rule"
			}
			c.Send(formatted(flooder, rule, time.Now()))
		}
		for i := range 20 {
			c.Send(formatted(host(int32(100+i)), "Other Rule", time.Now()))
		}
		lost := c.Lost()
		close(to.gate)
		if err := c.Close(limit); err != nil {
			t.Fatal(err)
		}
		told := to.told(t)
		if len(told) != 1 {
			t.Fatalf("%d alerts about dropped ones", len(told))
		}
		fields := told[0]["output_fields"].(map[string]any)
		names := fields["flooder.rules"]
		delete(fields, "flooder.rules")
		delete(told[0], "time")
		want := map[string]any{
			"hostname": "node", "priority": "Warning", "rule": "Gyr internal: alerts dropped", "source": "internal",
			"output": fmt.Sprintf("Gyr internal: alerts dropped. %d alerts dropped, as stdout does not take them as fast as they are raised.", lost),
			"output_fields": map[string]any{
				"output": "stdout", "n_alerts": fmt.Sprint(lost), "flooder.alerts": fmt.Sprint(lost), "flooder.processes": "1",
				"flooder.pid": "41", "flooder.proc.name": "xm\nrig", "flooder.proc.exepath": "/tmp/xmrig", "flooder.proc.ppid": "40",
				"flooder.container.id": "0123456789ab",
			},
		}
		if diff := cmp.Diff(want, told[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		var frequent int
		if _, err := fmt.Sscanf(names.(string), "Frequent Rule (%d)", &frequent); err != nil || uint64(frequent) > lost || frequent < 900 {
			t.Errorf("rules %q", names)
		}
		if n := strings.Count(to.text.String(), `"Other Rule"`); n != 20 {
			t.Errorf("%d alerts of others are there, want 20", n)
		}
	})
}

// However long and however much is dropped, it is told once a second at most,
// and all of it.
func TestDroppedInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &receiver{gate: make(chan struct{})}
		c := NewWriter("stdout", to, Options{Format: JSON})
		o := host(7)
		stop := time.After(10 * time.Second)
		for running := true; running; {
			select {
			case <-stop:
				running = false
			case to.gate <- struct{}{}: // the reader takes a line
			case <-time.After(time.Millisecond):
			}
			for range 20 {
				c.Send(formatted(o, "r", time.Now()))
			}
			time.Sleep(time.Millisecond)
		}
		close(to.gate)
		if err := c.Close(limit); err != nil {
			t.Fatal(err)
		}
		sum, last := uint64(0), time.Time{}
		told := to.told(t)
		for i, m := range told {
			n := uint64(0)
			fmt.Sscan(m["output_fields"].(map[string]any)["n_alerts"].(string), &n)
			sum += n
			at, err := time.Parse(time.RFC3339Nano, m["time"].(string))
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && i < len(told)-1 && at.Sub(last) < droppedInterval {
				t.Errorf("%v after the last", at.Sub(last))
			}
			last = at
		}
		if sum != c.Lost() || len(told) < 9 || len(told) > 11 {
			t.Errorf("%d alerts tell of %d dropped, %d were", len(told), sum, c.Lost())
		}
	})
}

// What was dropped in the last second is told, too, though nothing comes after
// it.
func TestDroppedIsToldWithoutMore(t *testing.T) {
	stuck(t, func(t *testing.T, c *Channel, to *receiver) {
		for range DefaultCapacity + 10 {
			c.Send(formatted(host(1), "r", time.Now()))
		}
		close(to.gate)
		synctest.Wait()
		if got := to.told(t); len(got) != 0 {
			t.Errorf("told at once: %v", got)
		}
		time.Sleep(droppedInterval)
		synctest.Wait()
		if got := to.told(t); len(got) != 1 {
			t.Errorf("%d told after %v", len(got), droppedInterval)
		}
		if err := c.Close(limit); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDroppedIsBounded(t *testing.T) {
	var d dropped
	for i := range 3 * maxCulprits {
		o := host(int32(i))
		d.add(&o, "r", epoch)
	}
	if len(d.by) != maxCulprits || d.n != 3*maxCulprits {
		t.Errorf("%d processes, %d alerts", len(d.by), d.n)
	}
}

func TestRuleNames(t *testing.T) {
	b := blame{rules: map[string]uint64{"a": 1, "b": 7, "c": 7, "d": 9, "e": 2, "f": 1, "g": 1}}
	if got, want := b.ruleNames(), "d (9), b (7), c (7), e (2), a (1), 2 more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
