package sensor

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel"
)

func TestTokens(t *testing.T) {
	type claim struct {
		after time.Duration // the last one
		want  bool
	}
	tests := []struct {
		name        string
		rate, burst float64
		claims      []claim
	}{
		{"default", 0.03333, 1, []claim{{0, true}, {time.Second, false}, {28 * time.Second, false}, {2 * time.Second, true}, {time.Second, false}, {time.Hour, true}, {0, false}}},
		{"burst", 1, 3, []claim{{0, true}, {0, true}, {0, true}, {0, false}, {time.Second, true}, {0, false}, {time.Hour, true}, {0, true}, {0, true}, {0, false}}},
		{"parts of tokens", 0.5, 1, []claim{{0, true}, {time.Second, false}, {time.Second, true}}},
		{"no rate", 0, 2, []claim{{0, true}, {time.Hour, true}, {1000 * time.Hour, false}}},
		{"no burst", 10, 0, []claim{{0, false}, {time.Hour, false}}},
		{"less than one", 10, 0.9, []claim{{time.Hour, false}}},
		{"the clock was set back", 1, 1, []claim{{0, true}, {-time.Hour, false}, {time.Second, true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			b := newTokens(tt.rate, tt.burst, now)
			for i, c := range tt.claims {
				now = now.Add(c.after)
				if got := b.claim(now); got != c.want {
					t.Errorf("claim %d: %v, want %v", i+1, got, c.want)
				}
			}
		})
	}
}

// dropsTest collects what a watch over drops does.
type dropsTest struct {
	drops
	logs   bytes.Buffer
	alerts []*alert.Alert
	exits  []error
}

func newDropsTest(c config.SyscallEventDrops) *dropsTest {
	d := &dropsTest{}
	d.drops = drops{
		config: c, format: alert.Options{Hostname: "node-1", Location: time.UTC},
		log:    slog.New(slog.NewTextHandler(&d.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		emit:   func(a *alert.Alert) { d.alerts = append(d.alerts, a) },
		exit:   func(err error) { d.exits = append(d.exits, err) },
		tokens: newTokens(c.Rate, c.MaxBurst, time.Unix(0, 0)),
	}
	return d
}

// interval has so many events of opens, and of these so many missing.
func interval(seen, lost, throttled uint64) kernel.Interval {
	iv := kernel.Interval{Length: time.Second}
	iv.Families[event.FamilyOpen] = kernel.FamilyStats{Seen: seen, Missing: kernel.Missing{Lost: lost, Throttled: throttled}}
	return iv
}

const dropMessage = "Falco internal: syscall event drop. 2 system calls dropped in last second."

func TestDropActions(t *testing.T) {
	const log, alerts, exit = "log", "alert", "exit"
	actions := func(a ...config.DropAction) config.SyscallEventDrops {
		return config.SyscallEventDrops{Threshold: 0.1, Actions: a, Rate: 1, MaxBurst: 1}
	}
	all := actions(config.DropLog, config.DropAlert, config.DropExit)
	zero := all
	zero.Threshold = 0
	whole := all
	whole.Threshold = 1
	skipped := interval(18, 0, 0)
	skipped.Skipped = 2
	simulated := actions(config.DropAlert)
	simulated.SimulateDrops, simulated.Threshold = true, 1
	tests := []struct {
		name string
		c    config.SyscallEventDrops
		iv   kernel.Interval
		want []string
	}{
		{"all", all, interval(10, 2, 0), []string{log, alerts, exit}},
		{"throttled counts as dropped", all, interval(10, 0, 2), []string{log, alerts, exit}},
		{"both together", all, interval(10, 1, 1), []string{log, alerts, exit}},
		{"skipped counts as dropped", zero, skipped, []string{log, alerts, exit}},
		{"skipped events were not seen", all, skipped, nil},
		{"at the threshold", all, interval(20, 2, 0), nil},
		{"above the threshold", all, interval(19, 2, 0), []string{log, alerts, exit}},
		{"nothing dropped", zero, interval(100, 0, 0), nil},
		{"nothing seen", zero, interval(0, 0, 0), nil},
		{"any drop", zero, interval(1_000_000, 2, 0), []string{log, alerts, exit}},
		{"never above the whole", whole, interval(2, 2, 0), nil},
		{"log", actions(config.DropLog), interval(2, 2, 0), []string{log}},
		{"alert", actions(config.DropAlert), interval(2, 2, 0), []string{alerts}},
		{"exit", actions(config.DropExit), interval(2, 2, 0), []string{exit}},
		{"ignore", actions(config.DropIgnore), interval(2, 2, 0), nil},
		{"no action", actions(), interval(2, 2, 0), nil},
		{"simulated", simulated, interval(100, 1, 0), []string{alerts}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDropsTest(tt.c)
			d.look(tt.iv, time.Unix(0, 0))
			var got []string
			if strings.Contains(d.logs.String(), `level=WARN msg="`+dropMessage+`"`) {
				got = append(got, log)
			}
			for _, a := range d.alerts {
				if a.Message[:len(dropMessage)] != dropMessage {
					t.Errorf("message %q", a.Message)
				}
				got = append(got, alerts)
			}
			for _, err := range d.exits {
				if !strings.Contains(err.Error(), dropMessage) || d.ended != err {
					t.Errorf("ended with %v, %v", err, d.ended)
				}
				got = append(got, exit)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, d.logs.String())
			}
		})
	}
}

// Actions are limited, counting is not.
func TestDropRate(t *testing.T) {
	d := newDropsTest(config.SyscallEventDrops{Actions: []config.DropAction{config.DropAlert}, Rate: 0.1, MaxBurst: 2})
	for second := range int64(25) {
		d.look(interval(10, 2, 0), time.Unix(second, 0))
	}
	if len(d.alerts) != 4 || d.taken != 4 || d.seconds != 25 {
		t.Errorf("%d alerts, actions taken %d times, in %d seconds; want 4, 4, 25", len(d.alerts), d.taken, d.seconds)
	}
}

// The alert in full: Falco's fields, all of them text, and who it was.
func TestDropAlert(t *testing.T) {
	iv := interval(1000, 20, 300)
	for f, lost := range map[event.Family]uint64{
		event.FamilyProcess: 1, event.FamilyExec: 2, event.FamilyConnect: 3, event.FamilyRename: 4, event.FamilyUnlink: 5,
		event.FamilyMkdir: 6, event.FamilyLink: 7, event.FamilyNetwork: 8, event.FamilyOther: 9,
	} {
		iv.Families[f] = kernel.FamilyStats{Seen: lost, Missing: kernel.Missing{Lost: lost}}
	}
	iv.Flooding = 4
	pod := &event.Container{ID: "0123456789ab"}
	pod.Describe(&event.Details{
		Name: "main", ImageRepository: "registry.example/tools", ImageTag: "7",
		Pod: &event.Pod{Name: "backup-0", Namespace: "shop"},
	})
	iv.Flooders = []kernel.Flooder{
		{
			PID: 42, Name: "tar", Processes: 3, Family: event.FamilyOpen, Throttled: 250, Container: "0123456789ab", In: pod,
			Process: &event.Process{PID: 42, PPID: 41, UID: 1000, Name: "tar", ExePath: "/usr/bin/tar", Cmdline: "tar -c /"},
		},
		{PID: 43, Name: "x", Processes: 1, Family: event.FamilyOpen, Throttled: 50, Container: kernel.Host},
	}
	d := newDropsTest(config.SyscallEventDrops{Actions: []config.DropAction{config.DropAlert, config.DropLog}, MaxBurst: 1})
	d.look(iv, time.Unix(0, 1574876938590038385))
	const want = `17:48:58.590038385: Debug Falco internal: syscall event drop. 365 system calls dropped in last second. (` +
		`ebpf_enabled="1" flooder.container.id="0123456789ab" flooder.container.image.repository="registry.example/tools" ` +
		`flooder.container.image.tag="7" flooder.container.name="main" flooder.events="250" flooder.family="open" ` +
		`flooder.k8s.ns.name="shop" flooder.k8s.pod.name="backup-0" flooder.pid="42" ` +
		`flooder.proc.cmdline="tar -c /" flooder.proc.exepath="/usr/bin/tar" flooder.proc.name="tar" flooder.proc.ppid="41" ` +
		`flooder.processes="3" flooder.user.uid="1000" n_drops="365" n_drops_buffer_clone_fork_exit="1" ` +
		`n_drops_buffer_close_exit="0" n_drops_buffer_connect_exit="3" n_drops_buffer_dir_file_exit="22" ` +
		`n_drops_buffer_execve_exit="2" n_drops_buffer_open_exit="20" n_drops_buffer_other_interest_exit="17" ` +
		`n_drops_buffer_proc_exit="0" n_drops_buffer_total="65" n_drops_bug="0" n_drops_page_faults="0" ` +
		`n_drops_scratch_map="0" n_drops_skipped="0" n_drops_throttled="300" n_evts="1045")`
	if len(d.alerts) != 1 {
		t.Fatalf("%d alerts", len(d.alerts))
	}
	if diff := cmp.Diff(strings.Fields(want), strings.Fields(string(d.alerts[0].AppendText(nil)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, part := range []string{"flooder.pid=42", "flooder.proc.name=tar", "flooder.container.id=0123456789ab", "n_drops_throttled=300"} {
		if !strings.Contains(d.logs.String(), part) {
			t.Errorf("no %s in the log: %s", part, d.logs.String())
		}
	}

	// Where nobody was throttled, nobody is named.
	d = newDropsTest(config.SyscallEventDrops{Actions: []config.DropAction{config.DropAlert}, MaxBurst: 1})
	d.look(interval(10, 2, 0), time.Unix(0, 0))
	if len(d.alerts) != 1 || strings.Contains(d.alerts[0].Output, "flooder") {
		t.Errorf("alerts %v", d.alerts)
	}
}
