package sensor

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/container"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// Metrics is a snapshot of an instance's counters. Counters count since Started
// and never fall, but for those of rules that a reload took away.
type Metrics struct {
	Started  time.Time
	Reloaded time.Time // when the rules in force were read
	Hostname string    // as in alerts
	Files    []RulesFile
	Rules    []RuleMetrics
	// Waiting is the number of rules whose event families are not captured yet.
	Waiting int
	// Watching is set where there is a source to ask. Otherwise Source, Containers
	// and Outputs are empty.
	Watching   bool
	Source     kernel.Stats
	Containers container.Stats
	Outputs    []OutputMetrics
	Self       SelfMetrics
}

// RulesFile is a file of rules in force.
type RulesFile struct {
	Name   string
	SHA256 string // of its content when it was read, in hexadecimal
}

// RuleMetrics are the counters of a rule in force.
type RuleMetrics struct {
	Name     string
	Priority rules.Priority
	Source   string
	Tags     []string // sorted
	Matches  uint64
}

// OutputMetrics are the counters of a channel alerts go out on.
type OutputMetrics struct {
	Name string
	Sent uint64 // alerts written
	Lost uint64 // alerts given up: the receiver was too slow, or gone
	// Unheard are alerts that were not written as nobody is there to take them.
	Unheard uint64
}

// SelfMetrics is what the instance's own process uses.
type SelfMetrics struct {
	CPU               time.Duration // of all CPUs, since the process began
	Resident, Virtual uint64        // bytes
}

// Health is nil while events flow: the kernel half is in place and what it tells
// is read. Otherwise its message says on one line why they do not. It is cheap,
// and may be called from any goroutine at any time.
func (s *Sensor) Health() error { return s.flow.health() }

// Metrics reads the counters. It may be called from any goroutine at any time,
// and costs some dozens of system calls: it is for every few seconds. Where it
// returns an error, what could be read is there all the same.
func (s *Sensor) Metrics() (Metrics, error) {
	m := Metrics{Started: s.started}
	m.describe(s.rules.Load())
	var err error
	if m.Hostname, err = hostname(); err != nil {
		return m, err
	}
	s.flow.ask(func(source watched) {
		m.Watching = true
		m.Source, err = source.Stats()
		if s.containers != nil {
			m.Containers = s.containers.Stats()
		}
		for _, c := range s.outputs {
			m.Outputs = append(m.Outputs, OutputMetrics{Name: c.Name(), Sent: c.Sent(), Lost: c.Lost(), Unheard: c.Unheard()})
		}
	})
	if err != nil {
		return m, err
	}
	m.Self, err = self()
	return m, err
}

// describe tells of the rules in force.
func (m *Metrics) describe(set *ruleset) {
	m.Reloaded = set.loaded
	for i, name := range set.files {
		m.Files = append(m.Files, RulesFile{name, set.sums[i]})
	}
	for _, r := range set.engine.Rules() {
		m.Rules = append(m.Rules, RuleMetrics{r.Name, r.Priority, r.Source, r.Tags, set.matches[r].Load()})
	}
	m.Waiting = len(set.set.Waiting)
}

// LostByBuffer are the events lost for want of room, by the names Falco counts
// them under.
func (m *Metrics) LostByBuffer() map[string]uint64 {
	lost := map[string]uint64{}
	for _, name := range buffers() {
		lost[name] = 0
	}
	for f, c := range m.Source.Families {
		lost[bufferOf(event.Family(f))] += c.Lost
	}
	return lost
}

// self asks the kernel what this process uses.
func self() (m SelfMetrics, err error) {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		return m, fmt.Errorf("ask for this process's CPU time: %w", err)
	}
	m.CPU = time.Duration(use.Utime.Nano() + use.Stime.Nano())
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return m, fmt.Errorf("ask for this process's memory: %w", err)
	}
	if _, err := fmt.Sscan(string(b), &m.Virtual, &m.Resident); err != nil {
		return m, fmt.Errorf("/proc/self/statm says %q: %w", b, err)
	}
	page := uint64(os.Getpagesize())
	m.Virtual *= page
	m.Resident *= page
	return m, nil
}
