package config

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// DropAction is something to do about lost events.
type DropAction string

// The actions about lost events.
const (
	DropIgnore DropAction = "ignore"
	DropLog    DropAction = "log"
	DropAlert  DropAction = "alert"
	DropExit   DropAction = "exit"
)

// SyscallEventDrops says what to do where events were lost within a second.
type SyscallEventDrops struct {
	// Threshold is the part of a second's events, from 0 to 1, of which more
	// have to be lost.
	Threshold float64
	// Actions are taken all; none is as DropIgnore, which stands alone or beside
	// DropExit.
	Actions []DropAction
	// Rate is how often actions are taken, in times a second, MaxBurst how often
	// in a row after a pause.
	Rate, MaxBurst float64
	// SimulateDrops counts one event a second as lost, whatever the threshold.
	SimulateDrops bool
}

// Throttle says from which rate on those are cut that flood the buffers.
type Throttle struct {
	Enabled bool
	// ProcessRate and ContainerRate are events a second with a buffer that is a
	// quarter full; they halve with every sixteenth that it is fuller.
	ProcessRate, ContainerRate int
}

func absentDrops() SyscallEventDrops {
	return SyscallEventDrops{Threshold: 0.1, Actions: []DropAction{DropLog, DropAlert}, Rate: 0.03333, MaxBurst: 1}
}

func absentThrottle() Throttle {
	return Throttle{Enabled: true, ProcessRate: 32_768, ContainerRate: 262_144}
}

func drops(d *SyscallEventDrops) setting {
	return group(map[string]setting{
		"threshold":      decimal(&d.Threshold, 1),
		"actions":        dropActions(&d.Actions),
		"rate":           decimal(&d.Rate, 1e9),
		"max_burst":      decimal(&d.MaxBurst, 1e9),
		"simulate_drops": truth(&d.SimulateDrops),
	})
}

func throttle(t *Throttle) setting {
	return group(map[string]setting{
		"enabled":        truth(&t.Enabled),
		"process_rate":   number(&t.ProcessRate, 1, 1e9),
		"container_rate": number(&t.ContainerRate, 1, 1e9),
	})
}

// decimal reads a number from 0 to high.
func decimal(to *float64, high float64) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: map[string]any{"type": "number", "minimum": 0, "maximum": high}, value: *to}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			// The comparison is false for a NaN, too.
			if v, err := strconv.ParseFloat(r.text(n), 64); err == nil && v >= 0 && v <= high {
				*to = v
				return
			}
		}
		r.fail(n, key, "%s must be a number from 0 to %s, not %s", key, strconv.FormatFloat(high, 'f', -1, 64), r.shown(n))
	}
}

// dropActions reads the list of actions; a single one is a list of one.
func dropActions(to *[]DropAction) setting {
	words := []string{string(DropIgnore), string(DropLog), string(DropAlert), string(DropExit)}
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: oneOrMany(map[string]any{"type": "string", "enum": words}), value: *to}) {
			return
		}
		items := n.Content
		switch n.Kind {
		case yaml.ScalarNode:
			items = []*yaml.Node{n}
		case yaml.MappingNode:
			r.fail(n, key, "%s must be a list of %s, not a mapping; write [log, alert]", key, strings.Join(words, ", "))
			return
		}
		list := make([]DropAction, 0, len(items))
		for _, item := range items {
			item = resolve(item)
			a := DropAction(strings.ToLower(r.text(item)))
			if item.Kind != yaml.ScalarNode || !slices.Contains(words, string(a)) {
				r.fail(item, key, "an entry of %s must be one of %s, not %s", key, strings.Join(words, ", "), r.shown(item))
				return
			}
			list = append(list, a)
		}
		if slices.Contains(list, DropIgnore) && (slices.Contains(list, DropLog) || slices.Contains(list, DropAlert)) {
			r.fail(n, key, "%s cannot ignore lost events and log or alert of them, too; take ignore out, or all others", key)
			return
		}
		*to = list
	}
}
