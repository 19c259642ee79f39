package container

import (
	"errors"
	"io/fs"
	"time"
)

// askQueue is how many asks of one engine wait, of those made for the first time
// and of the others each; what finds no place comes back later.
const askQueue = 1024

// rate bounds how often an engine is asked: anyone who may make control groups
// can make any number that look like containers, and each ask costs the runtime
// more than the group cost its maker.
type rate struct {
	perSecond float64
	burst     float64 // as many at once after a silence
}

// A runtime that starts containers as fast as it can makes some dozen in a
// second; files are read by Gyr itself, and quickly.
var (
	runtimeAsks = rate{perSecond: 200, burst: 500}
	fileAsks    = rate{perSecond: 1000, burst: 2000}
)

// line is a queue of bounded length, open at both ends.
type line struct {
	entries []*entry
	head    int
}

func (l *line) len() int { return len(l.entries) - l.head }

// push adds to the end, and where there are too many takes away the first.
func (l *line) push(en *entry) (dropped *entry) {
	if l.len() >= askQueue {
		dropped = l.first()
	}
	if l.head > askQueue {
		n := copy(l.entries, l.entries[l.head:])
		clear(l.entries[n:])
		l.entries, l.head = l.entries[:n], 0
	}
	l.entries = append(l.entries, en)
	return dropped
}

// first takes the first away, nil where there is none.
func (l *line) first() *entry {
	if l.len() == 0 {
		return l.none()
	}
	en := l.entries[l.head]
	l.entries[l.head] = nil
	l.head++
	return en
}

// last takes the last away, nil where there is none.
func (l *line) last() *entry {
	if l.len() == 0 {
		return l.none()
	}
	end := len(l.entries) - 1
	en := l.entries[end]
	l.entries[end] = nil
	l.entries = l.entries[:end]
	return en
}

// none gives the memory of an empty line back.
func (l *line) none() *entry {
	*l = line{}
	return nil
}

// bucket holds a token for each ask there may be now.
type bucket struct {
	rate   rate
	tokens float64
	filled time.Time
}

// take takes a token and tells how long to wait until it is there.
func (b *bucket) take(now time.Time) time.Duration {
	if !b.filled.IsZero() {
		b.tokens = min(b.rate.burst, b.tokens+now.Sub(b.filled).Seconds()*b.rate.perSecond)
	}
	b.filled = now
	b.tokens--
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.rate.perSecond * float64(time.Second))
}

const (
	// breakerFails is after how many failures one after another an engine is left
	// alone, from breakerMin on twice as long each time until breakerMax.
	breakerFails = 5
	breakerMin   = time.Second
	breakerMax   = 30 * time.Second
)

// breaker keeps a dead engine from being asked again and again. One ask at a
// time finds out whether it is back.
type breaker struct {
	fails  int
	pause  time.Duration // 0 while the engine is well
	until  time.Time
	reason error
}

// open returns why the engine is not to be asked now.
func (b *breaker) open(now time.Time) error {
	if b.pause == 0 {
		return nil
	}
	if now.Before(b.until) {
		return b.reason
	}
	// This one is asked; the others wait for what comes of it.
	b.until = now.Add(askLimit)
	return nil
}

// fail notes a failure and reports whether the engine is left alone from now on.
func (b *breaker) fail(now time.Time, err error) (opened bool) {
	b.fails++
	b.reason = err
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// Nothing is there to be spared, and to look costs little.
		b.pause = breakerMin
	case b.fails < breakerFails:
		return false
	default:
		opened = b.pause == 0
		b.pause = min(max(2*b.pause, breakerMin), breakerMax)
	}
	b.until = now.Add(b.pause)
	return opened
}

// close notes that the engine answers, and reports whether it did not before.
func (b *breaker) close() (back bool) {
	back = b.pause != 0
	*b = breaker{}
	return back
}
