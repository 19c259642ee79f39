package sensor

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/source/kernel"
)

// changedRule is what the alert about an argument that was exchanged during a
// call is called.
const changedRule = "Gyr internal: argument changed during call"

// How many of these alerts there are: a race is won after thousands of tries,
// each of which would be one.
const (
	changedRate  = 1
	changedBurst = 10
)

// changes raises alerts about arguments that were exchanged during calls. It is
// used by several goroutines.
type changes struct {
	format alert.Options
	emit   func(*alert.Alert)

	mu     sync.Mutex
	tokens *tokens
	unsaid uint64 // since the last alert
}

func newChanges(format alert.Options, emit func(*alert.Alert)) *changes {
	return &changes{format: format, emit: emit, tokens: newTokens(changedRate, changedBurst, time.Now())}
}

func (c *changes) tell(change kernel.Change) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.tokens.claim(now) {
		c.unsaid++
		return
	}
	e := change.Event
	p := e.Process
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
		{Name: "unsaid", Text: strconv.FormatUint(c.unsaid, 10)},
	}
	c.unsaid = 0
	message := fmt.Sprintf("%s. The argument of %v was %q when the call began and %q when it returned: a way to deceive programs that watch calls.",
		changedRule, e.Type, change.Before, change.After)
	c.emit(alert.NewInternal(changedRule, rules.Critical, message, values, time.Unix(0, e.Time), c.format))
}
