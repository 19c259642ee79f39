package field

import (
	"strings"

	"github.com/gyrsec/gyr/event"
)

func processFields() []Field {
	return concat(procNameFields(), procIDFields(), procLeaderFields(), procTimeFields(),
		procExeFields(), threadFields(), procUseFields(), procStreamFields())
}

func concat(parts ...[]Field) []Field {
	var all []Field
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func parent(e *event.Event) *event.Process {
	if e.Process == nil {
		return nil
	}
	return e.Process.ParentAt(e.Clock)
}

func procName(p *event.Process) string    { return p.Name }
func procExe(p *event.Process) string     { return p.Exe }
func procExePath(p *event.Process) string { return p.ExePath }
func procArgs(p *event.Process) string    { return p.ArgsLine }
func procCmdline(p *event.Process) string { return p.Cmdline }

func procNameFields() []Field {
	return []Field{
		procText("proc.exe", "First word of the command line (argv[0]) as the caller passed it; it may differ from the file that runs.", procExe),
		text("proc.pexe", "proc.exe of the parent process.", textOf(parent, procExe)),
		ancestors("proc.aexe", "proc.exe of an ancestor: [0] is the process itself, [1] its parent. Without index a condition holds if it does for any ancestor, and an output shows them all.", procExe),
		procText("proc.exepath", "Absolute path of the executable file, as the kernel resolved it.", procExePath),
		text("proc.pexepath", "proc.exepath of the parent process.", textOf(parent, procExePath)),
		ancestors("proc.aexepath", "proc.exepath of an ancestor; see proc.aexe for the index.", procExePath),
		procText("proc.name", "Name of the process as the kernel keeps it: at most 15 characters.", procName),
		text("proc.pname", "proc.name of the parent process; no value once the parent is unknown.", textOf(parent, procName)),
		ancestors("proc.aname", "proc.name of an ancestor; see proc.aexe for the index.", procName),
		procText("proc.args", "Arguments of the command line without the first word, joined with blanks; with an index, that one argument, from 0.", procArgs).
			takes(ArgOptional|ArgIndex, bindArgs),
		ancestors("proc.aargs", "proc.args of an ancestor; see proc.aexe for the index.", procArgs),
		procText("proc.cmdline", "Name of the process and its arguments, joined with blanks.", procCmdline),
		text("proc.pcmdline", "proc.cmdline of the parent process.", textOf(parent, procCmdline)),
		ancestors("proc.acmdline", "proc.cmdline of an ancestor; see proc.aexe for the index.", procCmdline),
		procInt("proc.cmdnargs", "Number of arguments, without the first word.", Uint64, func(p *event.Process) int64 { return int64(len(p.Args)) }),
		procInt("proc.cmdlenargs", "Length in bytes of all arguments together, blanks between them not counted.", Uint64, argsLength),
		text("proc.exeline", "First word of the command line and the arguments, joined with blanks.", exeLine),
		text("proc.env", "Environment at exec as NAME=value, joined with blanks; with a name, the value of that variable.", environment(process)).
			takes(ArgOptional|ArgKey|ArgIndex, bindEnv),
		text("proc.aenv", "Environment of ancestors: with an index that of one ancestor, with a name the variable's value in the nearest ancestor that has it, without argument any ancestor's.", nil).
			takes(ArgOptional|ArgKey|ArgIndex, bindAncestorEnv),
		procText("proc.cwd", "Working directory of the process.", func(p *event.Process) string { return p.CWD }),
	}
}

// argsLength counts what was passed, also what was too much to be kept: padding
// is what it gives away.
func argsLength(p *event.Process) int64 {
	if p.Truncated {
		return max(0, int64(p.ArgsLen)-int64(len(p.Exe))-int64(len(p.Args))-1)
	}
	n := 0
	for _, a := range p.Args {
		n += len(a)
	}
	return int64(n)
}

func exeLine(e *event.Event) (string, bool) {
	p := e.Process
	if p == nil || p.Incomplete && p.Exe == "" {
		return "", false
	}
	if p.ArgsLine == "" {
		return p.Exe, true
	}
	return e.Text(func(dst []byte) []byte {
		dst = append(dst, p.Exe...)
		dst = append(dst, ' ')
		return append(dst, p.ArgsLine...)
	}), true
}

func bindArgs(r *Ref, arg string, hasArg bool) error {
	if !hasArg {
		return nil
	}
	n, err := index(r.Field, arg)
	if err != nil {
		return err
	}
	r.Text = func(e *event.Event) (string, bool) {
		if e.Process == nil || n >= len(e.Process.Args) {
			return "", false
		}
		return e.Process.Args[n], true
	}
	return nil
}

// environment joins a process's variables in the event's scratch memory.
func environment(who whose) func(*event.Event) (string, bool) {
	return func(e *event.Event) (string, bool) {
		p := who(e)
		if p == nil || p.Incomplete && len(p.Env) == 0 {
			return "", false
		}
		return joinEnv(e, p), true
	}
}

func joinEnv(e *event.Event, p *event.Process) string {
	return e.Text(func(dst []byte) []byte {
		for i, v := range p.Env {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, v...)
		}
		return dst
	})
}

// variable is the value of an environment variable; prefix is "NAME=".
func variable(p *event.Process, prefix string) (string, bool) {
	for _, v := range p.Env {
		if strings.HasPrefix(v, prefix) {
			return v[len(prefix):], true
		}
	}
	return "", false
}

func bindEnv(r *Ref, name string, hasArg bool) error {
	if !hasArg {
		return nil
	}
	prefix := name + "="
	r.Text = func(e *event.Event) (string, bool) {
		if e.Process == nil {
			return "", false
		}
		return variable(e.Process, prefix)
	}
	return nil
}

func bindAncestorEnv(r *Ref, arg string, hasArg bool) error {
	if !hasArg {
		r.Of = func(e *event.Event, p *event.Process) (string, bool) { return joinEnv(e, p), len(p.Env) > 0 }
		return nil
	}
	if n, err := index(r.Field, arg); err == nil {
		r.Text = environment(ancestor(n))
		return nil
	}
	prefix := arg + "="
	r.Text = func(e *event.Event) (string, bool) {
		p := e.Process
		for depth := 0; p != nil; depth++ {
			if p = NextAncestor(e, p, depth); p == nil {
				break
			}
			if value, ok := variable(p, prefix); ok {
				return value, true
			}
		}
		return "", false
	}
	return nil
}
