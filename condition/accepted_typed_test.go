package condition

import (
	"strings"
	"testing"

	"github.com/gyrsec/gyr/field"
)

// typed are conditions that are accepted whole, types and all, with their
// canonical form; "" where that is the condition itself.
var typed = [][2]string{
	// Every operator on a text.
	{"proc.name=a", "proc.name = a"},
	{"proc.name  ==  a", "proc.name == a"},
	{"proc.name\n!=\na", "proc.name != a"},
	{"proc.name < 5", ""},
	{"proc.name <= 5", ""},
	{"proc.name > 0x10", ""},
	{"proc.name >= 1e+3", ""},
	{"proc.name glob 'a*[bc]?'", "proc.name glob a*[bc]?"},
	{"proc.name iglob 'A*'", "proc.name iglob A*"},
	{"proc.name contains 'a b'", `proc.name contains "a b"`},
	{"proc.name icontains é", ""},
	{"proc.name startswith \"\"", ""},
	{"proc.name endswith \"'\"", ""},
	{"proc.name regex '^a+$'", "proc.name regex ^a+$"},
	{"proc.name regex '[[:alnum:]_]{1,15}'", `proc.name regex "[[:alnum:]_]{1,15}"`},
	{"proc.name in ('a,b', \"c\")", `proc.name in ("a,b", c)`},
	{"proc.name intersects (a)", ""},
	{"proc.cwd pmatch (/a/, '/b c', d*)", `proc.cwd pmatch (/a/, "/b c", d*)`},
	{"proc.name exists", ""},
	// Numbers in their forms, on each numeric type.
	{"fd.num = -1", ""},
	{"fd.num = +1", ""},
	{"fd.num = 0x7fffffffffffffff", ""},
	{"fd.num = -9223372036854775808", ""},
	{"fd.num = '5'", "fd.num = 5"},
	{"fd.num in (1, '2', 0x3)", "fd.num in (1, 2, 0x3)"},
	{"fd.num intersects (1)", ""},
	{"fd.dev = -2147483648", ""},
	{"evt.cpu >= -32768", ""},
	{"evt.cpu <= 32767", ""},
	{"user.uid = 4294967295", ""},
	{"user.uid in (0, 1000)", ""},
	{"user.loginuid = -1", ""},
	{"evt.num < 18446744073709551615", ""},
	{"evt.num >= +0", ""},
	{"fd.sport = 65535", ""},
	{"fd.port in (22, 80, 443)", ""},
	{"fd.cport >= 1024", ""},
	{"evt.rawres < 0", ""},
	{"evt.rawtime > 1700000000000000000", ""},
	{"proc.duration <= 1000000000", ""},
	{"proc.tty != 0", ""},
	{"thread.cpu > 0.5", ""},
	{"thread.cpu = 1", ""},
	{"proc.fdusage >= 9.5e+1", ""},
	{"proc.apid[2] = 1", ""},
	{"proc.apid in (1, 2)", ""},
	// Truths.
	{"evt.failed = true", ""},
	{"evt.failed != false", ""},
	{"evt.failed == 'true'", "evt.failed == true"},
	{"evt.is_open_write in (true, false)", ""},
	{"fd.connected exists", ""},
	{"container.privileged=true", "container.privileged = true"},
	// Addresses and networks.
	{"fd.sip = 1.2.3.4", ""},
	{"fd.sip = ::1", ""},
	{"fd.sip != '2001:db8::1'", "fd.sip != 2001:db8::1"},
	{"fd.cip in (1.2.3.4, ::ffff:1.2.3.4)", ""},
	{"fd.ip = 127.0.0.1", ""},
	{"fd.snet = 10.0.0.0/8", ""},
	{"fd.snet = 10.0.0.1", ""},
	{"fd.net in (10.0.0.0/8, fe80::/10)", ""},
	{"fd.cnet intersects (10.0.0.0/8)", ""},
	{"fd.rnet exists", ""},
	{"fd.sip.name = example.com", ""},
	{"fd.cip.name endswith .example.com", ""},
	{"fd.l4proto in (tcp, udp)", ""},
	// Bytes.
	{"evt.buffer = abc", ""},
	{"evt.buffer contains GET", ""},
	{"evt.buffer bcontains CAFEbabe", ""},
	{"evt.buffer bstartswith ''", `evt.buffer bstartswith ""`},
	{"evt.buffer startswith \"\\n\"", `evt.buffer startswith "\n"`},
	{"evt.buffer endswith x", ""},
	{"evt.buffer in (a, b)", ""},
	{"b64(evt.buffer) contains x", ""},
	{"evt.buffer = val(evt.buffer)", ""},
	{"evt.buffer bcontains val(evt.buffer)", ""},
	// Lists.
	{"fd.types in (file, pipe)", ""},
	{"fd.types[1] in (file)", ""},
	{"fd.types intersects ()", ""},
	{"not fd.types exists", ""},
	{"toupper(fd.types) intersects (FILE)", ""},
	// Arguments.
	{"proc.aname[1] = a", ""},
	{"proc.aname[\"1\"] = a", "proc.aname[1] = a"},
	{"proc.args[0] = a", ""},
	{"proc.env[LD_PRELOAD] exists", ""},
	{"proc.env['A B'] = x", `proc.env["A B"] = x`},
	{"proc.aenv[2] contains x", ""},
	{"evt.arg.flags contains O_TRUNC", ""},
	{"evt.arg[flags] contains O_TRUNC", ""},
	{"evt.arg[0] exists", ""},
	{"evt.rawarg.res < 0", ""},
	{"evt.rawarg[fd] = 5", ""},
	{"evt.abspath.src startswith /etc", ""},
	{"thread.cgroup.cpuset contains kubepods", ""},
	{"evt.type.is.293 = 1", ""},
	{"evt.around[1700000000000000000] = 500", ""},
	{"container.mount[0] exists", ""},
	{"container.mount.dest[/etc*] != N/A", ""},
	{"container.label[app.kubernetes.io/name] = x", ""},
	{"k8s.pod.label[app] = x", ""},
	// Event types.
	{"evt.type = open", ""},
	{"evt.type in (open, openat, openat2)", ""},
	{"evt.type != execve", ""},
	{"evt.type startswith execve", ""},
	{"evt.type = anyof (open, creat)", ""},
	{"evt.type exists", ""},
	{"evt.dir = <", ""},
	{"evt.dir=>", "evt.dir = >"},
	{"evt.category in (file, net)", ""},
	{"syscall.type = ptrace", ""},
	{"evt.num = 0", ""},
	// Modifiers.
	{"proc.name = anyof (a)", ""},
	{"proc.name == oneof (a, b)", ""},
	{"proc.name != allof (a, b)", ""},
	{"proc.name glob anyof(a*, '*b')", "proc.name glob anyof (a*, *b)"},
	{"proc.name iglob allof (A*, *B)", ""},
	{"proc.name contains anyof ( a , b )", "proc.name contains anyof (a, b)"},
	{"proc.name icontains oneof (a, b)", ""},
	{"proc.name startswith anyof ()", ""},
	{"proc.name endswith allof (a)", ""},
	{"proc.name regex oneof (a+, 'b*')", "proc.name regex oneof (a+, b*)"},
	{"fd.num = anyof (1, 2)", ""},
	{"fd.num != allof (1, 2)", ""},
	{"fd.sip = oneof (1.2.3.4, 1.1.1.1)", ""},
	{"evt.failed = anyof (true)", ""},
	{"evt.buffer bcontains anyof (ca, fe)", ""},
	{"evt.buffer bstartswith oneof (ca)", ""},
	{"proc.aname = anyof (sshd, cron)", ""},
	{"tolower(proc.name) startswith anyof (a, b)", ""},
	{"proc.name = allof", ""},
	{"proc.name contains anyof", ""},
	{"proc.name startswith \"anyof\"", "proc.name startswith anyof"},
	// Transformers.
	{"tolower( proc.name )=a", "tolower(proc.name) = a"},
	{"toupper(tolower(basename(fd.name))) = A", ""},
	{"basename(proc.exepath)in(a)", "basename(proc.exepath) in (a)"},
	{"len(proc.cmdline) >= 1000", ""},
	{"len(fd.types) = 2", ""},
	{"len(proc.name) in (1, 2)", ""},
	{"len(b64(proc.env[X])) > 0", ""},
	{"concat(proc.name, ':', proc.pname) = x:y", `concat(proc.name, ":", proc.pname) = x:y`},
	{"concat(tolower(proc.name), x) endswith x", `concat(tolower(proc.name), "x") endswith x`},
	{"join('', (proc.name, b)) = ab", `join("", (proc.name, "b")) = ab`},
	{"join(\",\", (proc.name)) exists", ""},
	{"join(',', fd.types) = file", `join(",", fd.types) = file`},
	{"getopt(proc.args, 'ab:')[b] = x", `getopt(proc.args, "ab:")[b] = x`},
	{"getopt(proc.args, \"ab:\") intersects (a)", ""},
	{"basename(getopt(proc.args, \"f:\")[f]) = x", ""},
	{"tolower(proc.name) exists", ""},
	{"tolower(proc.name) pmatch (/a)", ""},
	// Fields and transformers on the right.
	{"proc.name = val(proc.pname)", ""},
	{"proc.name != val( proc.pname )", "proc.name != val(proc.pname)"},
	{"proc.pid == val(proc.vpid)", ""},
	{"proc.pid < val(proc.ppid)", ""},
	{"proc.pid >= val(evt.cpu)", ""},
	{"proc.cmdline contains val(proc.name)", ""},
	{"proc.cmdline icontains tolower(proc.name)", ""},
	{"proc.cmdline startswith val(proc.exe)", ""},
	{"fd.name endswith val(proc.name)", ""},
	{"fd.name glob val(proc.cmdline)", ""},
	{"fd.name iglob concat(proc.name, '*')", `fd.name iglob concat(proc.name, "*")`},
	{"fd.cip = val(fd.sip)", ""},
	{"evt.failed != val(evt.is_open_read)", ""},
	{"proc.name in val(fd.types)", ""},
	{"fd.types intersects val(fd.types)", ""},
	{"len(proc.name) > len(proc.pname)", ""},
	{"tolower(proc.name) = tolower(proc.pname)", ""},
	{"basename(proc.exepath) != val(proc.name)", ""},
	{"proc.name = join('', (proc.pname, x))", `proc.name = join("", (proc.pname, "x"))`},
	// Values that look like something else.
	{"proc.name = val", ""},
	{"proc.name = len", ""},
	{"proc.name = evt", ""},
	{"proc.name = proc.pname", ""},
	{"proc.name in (and, or, not)", ""},
	{"proc.name = exists", ""},
	{"proc.name = -", ""},
	{"proc.name = !x", ""},
	// Of the API server's audit log.
	{"ka.verb in (create, update)", ""},
	{"ka.user.groups intersects (system:masters)", ""},
	{"ka.target.name exists", ""},
	{"ka.uri.param[command] = sh", ""},
	{"ka.req.pod.containers.image[0] in (a/b:c)", ""},
	{"ka.req.pod.containers.privileged intersects (true)", ""},
	{"ka.response.code in (200, 201)", ""},
	{"ka.user.name startswith \"system:\"", "ka.user.name startswith system:"},
	{"ka.sourceips[0] in (1.2.3.4)", ""},
	{"jevt.value[/requestObject/spec/tls] exists", ""},
	{"json.value[\"/a b\"] = x", ""},
	{"jevt.rawtime exists and not ka.verb = get", "(jevt.rawtime exists and not ka.verb = get)"},
}

func TestTypedConditionsAreAccepted(t *testing.T) {
	count := len(accepted)
	for _, tt := range typed {
		count++
		want := tt[1]
		if want == "" {
			want = tt[0]
		}
		x, err := Parse(tt[0])
		if err != nil {
			t.Errorf("Parse(%q): %v", tt[0], err)
			continue
		}
		if got := Print(x); got != want {
			t.Errorf("Parse(%q) prints %q, want %q", tt[0], got, want)
		}
		if _, err := CompileFor(x, sourceFor(tt[0])); err != nil {
			t.Errorf("CompileFor(%q): %v", tt[0], err)
		}
	}
	if refusals := len(refused) + len(mistyped); count < 300 || refusals < 150 {
		t.Errorf("%d conditions are accepted and %d refused", count, refusals)
	}
}

// sourceFor is the source a condition of these tests is about.
func sourceFor(text string) string {
	for _, prefix := range []string{"ka.", "jevt.", "json."} {
		if strings.Contains(text, prefix) {
			return field.K8sAudit
		}
	}
	return field.Syscall
}
