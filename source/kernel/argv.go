package kernel

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// A command line may have megabytes, and what matters may stand behind any
// amount of padding. The kernel half tells the first and the last 4 KiB; when a
// rule asks about the exec, the rest is read from /proc for it, as far as the
// process still is there. Afterwards only the two ends are kept.
const (
	// maxArgs is how much of a command line a rule sees: of a longer one, half at
	// each end. That it is longer shows in proc.cmdlenargs.
	maxArgs = 256 << 10
	// keptArgs is more than both ends have.
	keptArgs = 2*keptBytes + len(argsGap)
	// argsGap stands for what is left out.
	argsGap = "\x00...\x00"
	// argsRate is how much is read per second at most, in bytes: reading must not
	// be made to take the time that other processes' changes need.
	argsRate = 64 << 20
)

// argsBudget is what may still be read in a second.
type argsBudget struct {
	second time.Time
	left   int
}

// take takes n bytes, false where there are not so many.
func (b *argsBudget) take(n int, now time.Time) bool {
	if now.Sub(b.second) >= time.Second {
		b.second, b.left = now, argsRate
	}
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

// joinArgs puts the beginning and the end of argv together; whole says whether
// nothing is missing between them. The result is a copy.
func joinArgs(head, tail string, full uint64) (block string, whole bool) {
	if uint64(len(head)+len(tail)) >= full {
		return head + tail, true
	}
	if tail == "" {
		return strings.Clone(head), false
	}
	return head + argsGap + tail, false
}

// argv is a command line as /proc has it: of a long one both ends.
type argv struct {
	block string
	full  int // bytes of all of it
	whole bool
}

func (proc procfs) readArgv(pid int32) argv {
	b, err := os.ReadFile(proc.path(pid, "cmdline"))
	if err != nil {
		return argv{whole: true}
	}
	head := b[:min(len(b), keptBytes)]
	tail := b[max(len(head), len(b)-keptBytes):]
	block, whole := joinArgs(string(head), string(tail), uint64(len(b)))
	return argv{block, len(b), whole}
}

// wholeArgs returns p with all of its arguments, or more of them than it has;
// p itself where that cannot be had.
func (c *changes) wholeArgs(p *event.Process) *event.Process {
	length := int(min(p.ArgsLen, maxArgs))
	if !c.args.take(length, time.Now()) {
		return p
	}
	block, whole := readArgs(c.source.proc.path(p.PID, "cmdline"), int64(p.ArgsLen))
	// It may have ended, run another program, or have written over its arguments.
	head, tail := c.record.Strs[record.Args], c.record.Strs[record.ArgsTail]
	if head == "" || !strings.HasPrefix(block, head) || !strings.HasSuffix(block, tail) {
		return p
	}
	q := p.Clone()
	setArgs(q, block)
	q.Truncated = !whole
	return q
}

// readArgs reads a command line of the length given; of one that is too long,
// both ends.
func readArgs(file string, full int64) (block string, whole bool) {
	f, err := os.Open(file)
	if err != nil {
		return "", false
	}
	defer f.Close()
	if full <= maxArgs {
		b := make([]byte, full)
		n, _ := io.ReadFull(f, b)
		return string(b[:n]), int64(n) == full
	}
	head, tail := make([]byte, maxArgs/2), make([]byte, maxArgs/2)
	n, _ := io.ReadFull(f, head)
	m, _ := f.ReadAt(tail, full-int64(len(tail)))
	return string(head[:n]) + argsGap + string(tail[:m]), false
}

// shortArgs is p with the two ends of its arguments only.
func shortArgs(p *event.Process) *event.Process {
	q := p.Clone()
	block := p.Exe + "\x00" + strings.Join(p.Args, "\x00") + "\x00"
	q.Truncated = true
	setArgs(q, block[:keptBytes]+argsGap+block[len(block)-keptBytes:])
	return q
}
