package sensor

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// changedRule is what the alert about an argument that was exchanged during a
// call is called.
const changedRule = "Gyr internal: argument changed during call"

// How many of these alerts there are of a process: a race is won after thousands
// of tries, each of which would be one.
const (
	changedRate  = 1
	changedBurst = 10
)

// changes raises alerts about arguments that were exchanged during calls. It is
// used by several goroutines.
type changes struct {
	format alert.Options
	emit   func(*alert.Alert)

	mu sync.Mutex
	by map[*event.Task]*said
}

// said is what was told of one process's changes.
type said struct {
	tokens *tokens
	unsaid uint64 // since the last alert
}

// maxChanging bounds the processes that are remembered.
const maxChanging = 1024

func newChanges(format alert.Options, emit func(*alert.Alert)) *changes {
	return &changes{format: format, emit: emit, by: map[*event.Task]*said{}}
}

// of is what was told of a process.
func (c *changes) of(t *event.Task, now time.Time) *said {
	if c.by[t] == nil {
		if len(c.by) >= maxChanging {
			clear(c.by)
		}
		c.by[t] = &said{tokens: newTokens(changedRate, changedBurst, now)}
	}
	return c.by[t]
}

func (c *changes) tell(change kernel.Change) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	e := change.Event
	p := e.Process
	said := c.of(p.Task, now)
	if !said.tokens.claim(now) {
		said.unsaid++
		return
	}
	container := "host"
	if p.Container != nil {
		container = p.Container.ID
	}
	values := []alert.Value{
		{Name: "evt.type", Text: e.Type.String()},
		{Name: "argument.before", Text: change.Before},
		{Name: "argument.after", Text: change.After},
		{Name: "evt.rawres", Text: strconv.FormatInt(e.Res, 10)},
		{Name: "proc.pid", Text: strconv.Itoa(int(p.PID))},
		{Name: "proc.name", Text: p.Name},
		{Name: "proc.exepath", Text: p.ExePath},
		{Name: "proc.cmdline", Text: p.Cmdline},
		{Name: "user.uid", Text: strconv.FormatUint(uint64(e.UID), 10)},
		{Name: "container.id", Text: container},
		{Name: "unsaid", Text: strconv.FormatUint(said.unsaid, 10)},
	}
	if p.Container != nil {
		values = append(values, containerValues("", p.Container)...)
	}
	said.unsaid = 0
	message := fmt.Sprintf("%s. The argument of %v was %q when the call began and %q when it returned: a way to deceive programs that watch calls.",
		changedRule, e.Type, change.Before, change.After)
	a := alert.NewInternal(changedRule, rules.Critical, message, values, time.Unix(0, e.Time), c.format)
	a.Clock, a.Origin = e.Clock, alert.OriginOf(e)
	c.emit(a)
}
