package kernel

import (
	"strings"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// decodeFailedExec fills in what a program tried to run.
func (w *worker) decodeFailedExec(r *record.Record, e *event.Event) {
	l := &w.source.exec
	e.Args[event.ExecFilename].Str = r.Strs[l.filename]
	exe, args, _ := strings.Cut(strings.TrimSuffix(r.Strs[l.argv], "\x00"), "\x00")
	e.Args[event.ExecExe].Str = exe
	if args != "" {
		e.Args[event.ExecArgs].Str = strings.ReplaceAll(args, "\x00", " ")
	}
}

// execLayout says where the values of a failed exec stand in its record.
type execLayout struct{ filename, argv int }

func newExecLayout() execLayout {
	l := record.LayoutOf(event.FamilyExec)
	return execLayout{filename: l.Str("filename"), argv: l.Str("argv")}
}
