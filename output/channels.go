package output

import (
	"sync"
	"time"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/rules"
)

// Channels are all the ways alerts go out on. None holds up another.
type Channels []*Channel

// Send queues an alert in every channel.
func (cs Channels) Send(a *alert.Alert) {
	for _, c := range cs {
		c.Send(a)
	}
}

// Raise queues the alert of this origin and rule that build returns in every
// channel that has room for it. Where none has, it is not even made, and
// nothing is allocated.
func (cs Channels) Raise(o *alert.Origin, r *rules.Rule, build func() *alert.Alert) {
	var a *alert.Alert
	for _, c := range cs {
		if c.Refuse(o, r) {
			continue
		}
		if a == nil {
			a = build()
		}
		c.Send(a)
	}
}

// Lost counts the alerts lost, of all channels.
func (cs Channels) Lost() (n uint64) {
	for _, c := range cs {
		n += c.Lost()
	}
	return n
}

// Reopen makes all receivers anew.
func (cs Channels) Reopen() {
	for _, c := range cs {
		c.Reopen()
	}
}

// Close ends all channels at the same time, each within limit. It returns what
// Channel.Close returned for each.
func (cs Channels) Close(limit time.Duration) []error {
	errs := make([]error, len(cs))
	var group sync.WaitGroup
	for i, c := range cs {
		group.Go(func() { errs[i] = c.Close(limit) })
	}
	group.Wait()
	return errs
}
