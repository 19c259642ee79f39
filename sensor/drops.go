package sensor

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// dropRule is what the alert about lost events is called.
const dropRule = "Falco internal: syscall event drop"

// tokens is a token bucket: it gives rate tokens a second, and burst at once
// after a pause.
type tokens struct {
	rate, burst float64
	left        float64
	filled      time.Time // when left was right
}

func newTokens(rate, burst float64, now time.Time) *tokens {
	return &tokens{rate: rate, burst: burst, left: burst, filled: now}
}

// claim takes a token, if there is a whole one.
func (t *tokens) claim(now time.Time) bool {
	t.left = min(t.burst, t.left+t.rate*max(0, now.Sub(t.filled).Seconds()))
	t.filled = now
	if t.left < 1 {
		return false
	}
	t.left--
	return true
}

// drops does what is configured for events that were lost. Its methods are
// called by one goroutine at a time.
type drops struct {
	config config.SyscallEventDrops
	format alert.Options
	log    *slog.Logger
	emit   func(*alert.Alert)
	exit   func(error) // ends the run
	tokens *tokens
	ended  error // why the run was ended

	seconds uint64 // in which events were lost
	taken   uint64 // how often actions were
}

// newDrops prepares what is configured about lost events; exit ends the run.
func (s *Sensor) newDrops(exit func(error)) (*drops, error) {
	host, err := hostname()
	if err != nil {
		return nil, err
	}
	c := s.config.SyscallEventDrops
	return &drops{
		config: c, format: alert.Options{ISOTime: s.config.TimeFormatISO8601, Hostname: host},
		log: s.options.Log, emit: s.emit, exit: exit, tokens: newTokens(c.Rate, c.MaxBurst, time.Now()),
	}, nil
}

func throttle(c config.Throttle) kernel.Throttle {
	return kernel.Throttle{Off: !c.Enabled, ProcessRate: c.ProcessRate, ContainerRate: c.ContainerRate}
}

// look judges an interval, at its end.
func (d *drops) look(iv kernel.Interval, now time.Time) {
	sum := iv.Total()
	n := sum.Lost + sum.Throttled + iv.Skipped
	if d.config.SimulateDrops {
		d.log.Info("simulating a syscall event drop (syscall_event_drops.simulate_drops)")
		n++
	}
	if n == 0 {
		return
	}
	d.seconds++
	// A simulated drop is no part of what was seen.
	if !d.config.SimulateDrops && float64(n) <= d.config.Threshold*float64(sum.Seen+iv.Skipped) {
		return
	}
	if !d.tokens.claim(now) {
		d.log.Debug("syscall event drop: no action, as the last one was not long ago (syscall_event_drops.rate)", "dropped", n)
		return
	}
	d.taken++
	d.act(&iv, n, now)
}

func (d *drops) act(iv *kernel.Interval, n uint64, now time.Time) {
	message := fmt.Sprintf("%s. %d system calls dropped in last second.", dropRule, n)
	values := dropValues(iv, n)
	if slices.Contains(d.config.Actions, config.DropLog) {
		d.log.Warn(message, logged(values)...)
	}
	if slices.Contains(d.config.Actions, config.DropAlert) {
		d.emit(alert.NewInternal(dropRule, rules.Debug, message, values, now, d.format))
	}
	if slices.Contains(d.config.Actions, config.DropExit) {
		d.ended = fmt.Errorf("%s Exiting, as syscall_event_drops.actions asks for", message)
		d.exit(d.ended)
	}
}

// dropValues are the output fields of the alert: Falco's, and who it was.
func dropValues(iv *kernel.Interval, n uint64) []alert.Value {
	sum := iv.Total()
	number := func(name string, n uint64) alert.Value {
		return alert.Value{Name: name, Text: strconv.FormatUint(n, 10)}
	}
	values := []alert.Value{
		{Name: "ebpf_enabled", Text: "1"},
		number("n_evts", sum.Seen), number("n_drops", n),
		number("n_drops_buffer_total", sum.Lost), number("n_drops_throttled", sum.Throttled),
		number("n_drops_skipped", iv.Skipped),
		// There is nothing of the kind in Gyr.
		number("n_drops_scratch_map", 0), number("n_drops_page_faults", 0), number("n_drops_bug", 0),
	}
	lost := map[string]uint64{}
	for f, c := range iv.Families {
		lost[bufferOf(event.Family(f))] += c.Lost
	}
	for _, b := range buffers() {
		values = append(values, number("n_drops_buffer_"+b+"_exit", lost[b]))
	}
	if len(iv.Flooders) == 0 {
		return values
	}
	f := &iv.Flooders[0]
	values = append(values,
		number("flooder.pid", uint64(f.PID)), alert.Value{Name: "flooder.proc.name", Text: f.Name},
		alert.Value{Name: "flooder.container.id", Text: f.Container}, alert.Value{Name: "flooder.family", Text: f.Family.String()},
		number("flooder.events", f.Throttled), number("flooder.processes", uint64(f.Processes)),
	)
	if f.In != nil {
		values = append(values, containerValues("flooder.", f.In)...)
	}
	if p := f.Process; p != nil {
		values = append(values,
			alert.Value{Name: "flooder.proc.exepath", Text: p.ExePath}, alert.Value{Name: "flooder.proc.cmdline", Text: p.Cmdline},
			number("flooder.proc.ppid", uint64(p.PPID)), number("flooder.user.uid", uint64(p.UID)),
		)
	}
	return values
}

// containerValues are what people know a container by, but for its id.
func containerValues(prefix string, c *event.Container) []alert.Value {
	d := c.Details()
	values := []alert.Value{
		{Name: prefix + "container.name", Text: d.Name},
		{Name: prefix + "container.image.repository", Text: d.ImageRepository},
		{Name: prefix + "container.image.tag", Text: d.ImageTag},
	}
	if d.Pod != nil {
		values = append(values, alert.Value{Name: prefix + "k8s.ns.name", Text: d.Pod.Namespace}, alert.Value{Name: prefix + "k8s.pod.name", Text: d.Pod.Name})
	}
	return values
}

// buffers are the names Falco counts losses under.
func buffers() []string {
	return []string{"clone_fork", "execve", "connect", "open", "dir_file", "other_interest", "close", "proc"}
}

// bufferOf is the name Falco counts a family's losses under. Its own families
// are finer in some places and coarser in others.
func bufferOf(f event.Family) string {
	switch f {
	case event.FamilyProcess: // forks; exits are lost last
		return "clone_fork"
	case event.FamilyExec:
		return "execve"
	case event.FamilyConnect:
		return "connect"
	case event.FamilyOpen:
		return "open"
	case event.FamilyRename, event.FamilyUnlink, event.FamilyMkdir, event.FamilyLink:
		return "dir_file"
	}
	return "other_interest"
}

// logged are the values that are not zero, for a log message.
func logged(values []alert.Value) []any {
	var all []any
	for _, v := range values {
		if v.Text != "0" && v.Text != "" {
			all = append(all, v.Name, v.Text)
		}
	}
	return all
}
