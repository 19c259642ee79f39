package event

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// filler gives every string and slice of a value memory of its own that can be
// overwritten afterwards, as a source overwrites that of its events.
type filler struct {
	memory [][]byte
	paths  []string
}

// text makes a string that says which field it is for.
func (f *filler) text(path string) string {
	b := []byte("text of " + path)
	f.memory = append(f.memory, b)
	f.paths = append(f.paths, path)
	return unsafe.String(&b[0], len(b))
}

func (f *filler) fill(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem() // unexported ones too
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text(path))
	case reflect.Array:
		for i := range v.Len() {
			f.fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 4))
		for i := range v.Len() {
			f.fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "net/netip" {
			return // values of their own
		}
		for i := range v.NumField() {
			f.fill(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer, reflect.Interface:
		// The process and those who answer questions: kept as they are.
	default:
		t.Fatalf("%s is a %s: say here and in Clone what becomes of it", path, v.Kind())
	}
}

// wipe overwrites all memory that strings were given, and the slices of v.
func (f *filler) wipe(v reflect.Value) {
	for _, b := range f.memory {
		for i := range b {
			b[i] = '#'
		}
	}
	wipeSlices(v)
}

func wipeSlices(v reflect.Value) {
	v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	switch v.Kind() {
	case reflect.Struct:
		if v.Type().PkgPath() != "net/netip" {
			for i := range v.NumField() {
				wipeSlices(v.Field(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			wipeSlices(v.Index(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			wipeSlices(v.Index(i))
			v.Index(i).SetZero()
		}
	}
}

// TestCloneSharesNothing fills every field an event has or will have, clones it,
// and reuses the memory: the clone still says what the event said. A field added
// later that Clone forgets is found here.
func TestCloneSharesNothing(t *testing.T) {
	var e, want Event
	var mine, other filler
	mine.fill(t, reflect.ValueOf(&e).Elem(), "Event")
	other.fill(t, reflect.ValueOf(&want).Elem(), "Event")
	process := &Process{}
	e.Process, want.Process = process, process
	want.buf = nil // scratch memory is nobody's to copy
	if len(mine.paths) < MaxParams+10 {
		t.Fatalf("only %d strings found in an Event: %q", len(mine.paths), mine.paths)
	}

	got := e.Clone()
	mine.wipe(reflect.ValueOf(&e).Elem())
	e.Reset()

	all := cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(want, *got, all, cmp.Comparer(func(a, b *Process) bool { return a == b })); diff != "" {
		t.Errorf("the clone changed with the memory of its event (-want +got):\n%s", diff)
	}
}

// TestCloneIsIndependent uses both for other things afterwards.
func TestCloneIsIndependent(t *testing.T) {
	write := func(s string) func([]byte) []byte {
		return func(dst []byte) []byte { return append(dst, s...) }
	}
	var e Event
	e.FD.Name = e.Text(write("/etc/shadow"))
	c := e.Clone()
	e.Reset()
	e.Text(write("###########"))
	text := c.Text(write("clone's own"))
	if c.FD.Name != "/etc/shadow" || text != "clone's own" {
		t.Errorf("the clone says %q and %q", c.FD.Name, text)
	}
	if e.Clone(); !bytes.HasPrefix(e.buf, []byte("###")) {
		t.Errorf("cloning changed the event's scratch memory to %q", e.buf)
	}
	if empty := new(Event).Clone(); empty.FD.Name != "" || empty.SocketName() != "" {
		t.Error("the clone of an empty event is not empty")
	}
}

func TestCloneSizeCountsText(t *testing.T) {
	var e Event
	before := e.CloneSize()
	e.Data, e.Paths[1].Raw = "12345", "678"
	if got := e.CloneSize() - before; got != 8 {
		t.Errorf("8 bytes of text count as %d", got)
	}
	if before < int(unsafe.Sizeof(e)) {
		t.Errorf("an empty event is %d bytes", before)
	}
}
