package field

import (
	"errors"
	"strings"
	"testing"
)

func TestBindRefuses(t *testing.T) {
	tests := []struct {
		name    string
		arg     string
		hasArg  bool
		want    string
		unknown bool
	}{
		{name: "proc.nmae", want: "did you mean proc.name?", unknown: true},
		{name: "fd.nam", want: "did you mean fd.name?", unknown: true},
		{name: "PROC.NAME", want: "did you mean proc.name?", unknown: true},
		{name: "no.such.thing.at.all", want: "unknown field no.such.thing.at.all", unknown: true},
		{name: "proc", want: "unknown field proc", unknown: true},
		{name: "", want: "unknown field", unknown: true},
		{name: "evt.arg", want: "needs an argument: write evt.arg.NAME"},
		{name: "evt.rawarg", want: "needs an argument"},
		{name: "thread.cgroup", want: "write thread.cgroup.NAME"},
		{name: "container.label", want: "write container.label[NAME]"},
		{name: "proc.name", arg: "1", hasArg: true, want: "takes no argument: remove [1]"},
		{name: "proc.name[1]", want: "takes no argument"},
		{name: "proc.name.x", want: "unknown field proc.name.x", unknown: true},
		{name: "proc.aname.2", want: "unknown field", unknown: true},
		{name: "proc.aname[]", want: "empty argument"},
		{name: "proc.aname[x]", want: "takes an index from 0 to 4095, not [x]"},
		{name: "proc.aname[-1]", want: "takes an index"},
		{name: "proc.aname", arg: "99999", hasArg: true, want: "takes an index"},
		{name: "proc.args[a]", want: "takes an index"},
		{name: "proc.apid[a]", want: "takes an index"},
		{name: "fd.types[x]", want: "takes an index"},
		{name: "evt.around[x]", want: "takes a time in nanoseconds"},
		{name: "evt.arg[5000]", want: "takes an index"},
		{name: "evt.type.is.opneat", want: "names no event type: opneat"},
		{name: "evt.abspath.from", want: "evt.abspath.src or evt.abspath.dst"},
	}
	for _, tt := range tests {
		r, err := Bind(tt.name, tt.arg, tt.hasArg)
		if err == nil {
			t.Errorf("Bind(%q, %q) = %v, want an error with %q", tt.name, tt.arg, r.Name, tt.want)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Bind(%q, %q): %q, want it to contain %q", tt.name, tt.arg, err, tt.want)
		}
		if errors.Is(err, ErrUnknown) != tt.unknown {
			t.Errorf("Bind(%q, %q): %v, unknown field should be %v", tt.name, tt.arg, err, tt.unknown)
		}
	}
}

func TestBindForms(t *testing.T) {
	tests := []struct {
		name, arg string
		hasArg    bool
		wantName  string
		wantArg   string
		wantType  Type
	}{
		{name: "proc.name", wantName: "proc.name"},
		{name: "evt.arg.flags", wantName: "evt.arg.flags", wantArg: "flags"},
		{name: "evt.arg", arg: "flags", hasArg: true, wantName: "evt.arg[flags]", wantArg: "flags"},
		{name: "evt.arg[1]", wantName: "evt.arg[1]", wantArg: "1"},
		{name: "evt.rawarg.res", wantName: "evt.rawarg.res", wantArg: "res", wantType: Int64},
		{name: "evt.rawarg.flags", wantName: "evt.rawarg.flags", wantArg: "flags", wantType: Uint32},
		{name: "evt.rawarg.ino", wantName: "evt.rawarg.ino", wantArg: "ino", wantType: Uint64},
		{name: "evt.rawarg.cwd", wantName: "evt.rawarg.cwd", wantArg: "cwd", wantType: CharBuf},
		{name: "evt.rawarg.args", wantName: "evt.rawarg.args", wantArg: "args", wantType: ByteBuf},
		{name: `proc.env["MY VAR"]`, wantName: "proc.env[MY VAR]", wantArg: "MY VAR"},
		{name: "proc.env['X']", wantName: "proc.env[X]", wantArg: "X"},
		{name: "container.mount.dest[/etc*]", wantName: "container.mount.dest[/etc*]", wantArg: "/etc*"},
		{name: "thread.cgroup.cpu", wantName: "thread.cgroup.cpu", wantArg: "cpu"},
		{name: "evt.type.is.openat", wantName: "evt.type.is.openat", wantArg: "openat", wantType: Uint32},
		{name: "proc.tty", wantName: "proc.tty", wantType: Uint32},
		{name: "fd.sport", wantName: "fd.sport", wantType: Port},
	}
	for _, tt := range tests {
		r, err := Bind(tt.name, tt.arg, tt.hasArg)
		if err != nil {
			t.Errorf("Bind(%q, %q): %v", tt.name, tt.arg, err)
			continue
		}
		if r.Name != tt.wantName || r.Arg != tt.wantArg || r.HasArg != (tt.wantArg != "") || r.Type != tt.wantType {
			t.Errorf("Bind(%q, %q) = %q arg %q (%v) %s, want %q arg %q %s", tt.name, tt.arg, r.Name, r.Arg, r.HasArg, r.Type, tt.wantName, tt.wantArg, tt.wantType)
		}
	}
}

func TestAnyFieldsHaveBothEnds(t *testing.T) {
	for name, want := range map[string][2]string{
		"fd.ip": {"fd.cip", "fd.sip"}, "fd.port": {"fd.cport", "fd.sport"}, "fd.net": {"fd.cnet", "fd.snet"},
	} {
		r := mustBind(t, name)
		if len(r.Any) != 2 || r.Any[0].Name != want[0] || r.Any[1].Name != want[1] {
			t.Errorf("%s stands for %v, want %v", name, r.Any, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for wrong, want := range map[string]string{
		"proc.nmae": "proc.name", "fd.filname": "fd.filename", "user.nam": "user.name", "containers.id": "container.id", "zzz.qqq": "",
	} {
		if got := Nearest(wrong); got != want {
			t.Errorf("Nearest(%s) = %q, want %q", wrong, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"abc", "xabc", 1}, {"kitten", "sitting", 3}, {"a", "abcdefghijk", 9}} {
		if got := Distance(tt.a, tt.b, 9); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestArgKindString(t *testing.T) {
	for kind, want := range map[ArgKind]string{
		0: "none", ArgRequired | ArgKey: "required:KEY", ArgOptional | ArgIndex: "optional:INDEX", ArgRequired | ArgIndex | ArgKey: "required:INDEX,KEY",
	} {
		if got := kind.String(); got != want {
			t.Errorf("ArgKind %d is %q, want %q", kind, got, want)
		}
	}
}
