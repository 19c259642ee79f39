package kernel

import (
	"errors"
	"os"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/source/kernel/record"
)

// Change is an argument that was another when its call returned than when it
// began: the program, or one that shares its memory or traces it, exchanged it
// while the kernel was at work. What the kernel acted on is neither for certain;
// events tell that from the kernel's own objects.
type Change struct {
	// Event is the call, with its process and result. But for an open it has no
	// arguments.
	Event *event.Event
	// Before and After are what the argument was and what it became: a file name,
	// or an address as Falco prints one. Names are cut at 255 bytes. Of an open,
	// Before is the name of the file that was opened, by the kernel.
	Before, After string
}

// watchEntries has what calls are given noted when they begin, for those that
// take names or an address.
func (l *loaded) watchEntries(w *Wanted) error {
	var begin []event.Type
	for t := range event.Types {
		if w.Types.Has(t) && !l.entered.Has(t) && hasChangeable(t) {
			l.entered.Add(t)
			begin = append(begin, t)
		}
	}
	if len(begin) == 0 {
		return nil
	}
	fs, err := openTracefs()
	if err != nil {
		return err
	}
	defer fs.close()
	for _, t := range begin {
		at, err := fs.attach("sys_enter_"+entryName(t.String()), l.enterProgram(t))
		switch {
		case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrExist):
			continue // not a call of this kernel, or attached under another name
		case err != nil:
			return err
		}
		l.entries = append(l.entries, at)
	}
	return nil
}

// hasChangeable reports whether a call takes arguments from memory that are
// compared: names of files, an address.
func hasChangeable(t event.Type) bool {
	info := event.Describe(t)
	if info.Call == nil || info.Family == event.FamilyExec || info.Family == event.FamilyOpen {
		return false // the kernel tells what was run or opened
	}
	p := planOf(t, nativeArch(), &Wanted{})
	return p.Dir[0] >= 0 || p.Dir[1] >= 0 || p.Addr >= 0 && p.Flags&planLengthAt == 0
}

// enterProgram is the program that looks at as many arguments as it has to.
func (l *loaded) enterProgram(t event.Type) *ebpf.Program {
	p := planOf(t, nativeArch(), &Wanted{})
	switch max(p.Name[0], p.Name[1], p.Addr, p.AddrLen) {
	case 0:
		return l.objects.Enter1
	case 1:
		return l.objects.Enter2
	case 2:
		return l.objects.Enter3
	case 3:
		return l.objects.Enter4
	}
	return l.objects.Enter6
}

// entryName is what the kernel calls the trace point of a call, where that is
// not the call's own name.
func entryName(name string) string {
	switch name {
	case "umount2":
		return "umount"
	case "umount":
		return "oldumount"
	case "stat", "lstat", "fstat", "uname":
		return "new" + name
	}
	return name
}

// decodeChange tells of an argument that changed.
func (w *worker) decodeChange(r *record.Record, e *event.Event) {
	tell := w.source.options.Changed
	if tell == nil {
		return
	}
	c := Change{Event: e, Before: r.Strs[record.Name0], After: r.Strs[record.Name1]}
	if address := r.Strs[record.Sockaddr]; address != "" {
		c.Before, c.After = addressText(address), addressText(r.Strs[record.Data])
	}
	c.Before, c.After = strings.Clone(c.Before), strings.Clone(c.After)
	tell(c)
}
