package condition

import (
	"testing"

	"github.com/gyrsec/gyr/event"
)

// checkMatches evaluates conditions that hold (true) or not for an event.
func checkMatches(t *testing.T, e func() *event.Event, tests map[string]bool) {
	t.Helper()
	for text, want := range tests {
		if got := compile(t, text).Match(e()); got != want {
			t.Errorf("%s = %v, want %v", text, got, want)
		}
	}
}

func TestMatchLogic(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{
		"proc.name = cat": true, "proc.name = dog": false, "not proc.name = cat": false, "not proc.name = dog": true,
		"proc.name = cat and fd.num = 5": true, "proc.name = cat and fd.num = 6": false,
		"proc.name = dog or fd.num = 5": true, "proc.name = dog or fd.num = 6": false,
		// and binds tighter than or.
		"proc.name = cat or proc.name = cat and fd.num = 6":                                   true,
		"(proc.name = cat or proc.name = cat) and fd.num = 6":                                 false,
		"not proc.name = dog and fd.num = 6":                                                  false,
		"not (proc.name = dog and fd.num = 6)":                                                true,
		"proc.name = a or proc.name = b or proc.name = c or proc.name = d or proc.name = cat": true,
		"fd.num > 0 and fd.num > 1 and fd.num > 2 and fd.num > 3 and fd.num > 4":              true,
		"fd.num > 0 and fd.num > 1 and fd.num > 2 and fd.num > 3 and fd.num > 5":              false,
		"fd.num = 1 or fd.num = 2 or fd.num = 3 or fd.num = 5":                                true,
		"fd.num = 1 or fd.num = 2 or fd.num = 3 or fd.num = 4":                                false,
	})
}

func TestMatchText(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{
		"fd.name = /home/a/link": true, "fd.name == /home/a/link": true, "fd.name != /home/a/link": false, "fd.name != x": true,
		"fd.name startswith /home": true, "fd.name startswith /etc": false, "fd.name startswith ''": true,
		"fd.name endswith link": true, "fd.name endswith lin": false, "fd.name contains a/l": true, "fd.name contains A/L": false,
		"fd.name icontains A/L": true, "fd.name icontains '/HOME/a/LINK'": true, "fd.name icontains /home/a/linkx": false, "fd.name icontains ''": true,
		"fd.name in (a, b)": false, "fd.name in (a, /home/a/link)": true, "fd.name in (a, b, c, d, e, /home/a/link)": true, "fd.name in (a, b, c, d, e, f)": false,
		"fd.name in ()": false, "not fd.name in ()": true, "fd.name intersects (a, /home/a/link)": true, "proc.name in cat": true,
		"proc.name glob c*": true, "proc.name glob ?at": true, "proc.name glob [bc]at": true, "proc.name glob [!c]at": false, "proc.name glob [a-d]at": true, "proc.name glob ca": false, "proc.name glob C*": false,
		"proc.name iglob C*": true, "proc.name iglob [A-C]AT": true, "fd.name glob /home/*/link": true, "fd.name glob /*k": true, "fd.name glob '*/a/*'": true, `fd.name glob "/home/\\*"`: false,
		"fd.name glob /home/a/link*": true, "fd.name glob /home/*x": false, "proc.name glob '[c'": false,
		"proc.name regex cat": true, "proc.name regex ca": false, "proc.name regex at": false, "proc.name regex 'c.*'": true, "proc.name regex 'dog|cat'": true, "proc.name regex 'c|cat'": true, "fd.name regex '/home/[a-z]+/li(n|m)k'": true,
		"proc.name regex '^cat$'": true, "proc.name regex '[[:alpha:]]{3}'": true,
	})
	checkMatches(t, fileEvent, map[string]bool{"proc.name <= val(proc.name)": true})
}

func TestMatchPaths(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{ // fd.name is /home/a/link
		"fd.name pmatch (/home)": true, "fd.name pmatch (/home/)": true, "fd.name pmatch (/home/a)": true, "fd.name pmatch (/home/a/link)": true,
		"fd.name pmatch (/home/a/link/x)": false, "fd.name pmatch (/hom)": false, "fd.name pmatch (/home/b)": false, "fd.name pmatch (/)": true,
		"fd.name pmatch (home)": false, "fd.name pmatch ()": false, "fd.name pmatch ('')": false,
		"fd.name pmatch (/etc, /usr, /home)": true, "fd.name pmatch (/etc, /usr)": false,
		"fd.name pmatch (/home/*)": true, "fd.name pmatch (/*/a)": true, "fd.name pmatch (/*/b)": false, "fd.name pmatch (/h*/?/l[io]nk)": true,
		// A wildcard stays within its component.
		"fd.name pmatch (/*/link)": false, "fd.name pmatch (/home*link)": false,
		// The literal way fails deeper down, the wildcard does not.
		"fd.name pmatch (/home/a/x, /home/*/link)": true,
		"fd.name pmatch (//home///a)":              true, "fd.directory pmatch (/home/a)": true,
	})
}

func TestMatchNumbers(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{
		"fd.num = 5": true, "fd.num = 0x5": true, "fd.num = 05": true, "fd.num != 5": false, "fd.num < 5": false, "fd.num <= 5": true, "fd.num > 4": true, "fd.num >= 6": false,
		"fd.num > -1": true, "fd.num in (1, 5)": true, "fd.num in (1, 2, 3, 4, 6)": false, "fd.num in (1, 2, 3, 4, 5)": true, "fd.num intersects (5)": true,
		"fd.num = oneof (5, 6)": true, "fd.num != allof (6, 7)": true, "fd.num in ()": false,
		"user.loginuid = -1": true, "user.loginuid < 0": true, "proc.tty != 0": true, "evt.num >= 0": true, "evt.num < 18446744073709551615": true,
		"evt.failed = false": true, "evt.failed != false": false, "evt.failed in (true)": false, "evt.failed in (true, false)": true, "evt.is_open_read = true": true, "evt.is_open_write = true": false,
		"evt.rawtime > 0": true, "evt.around[1700000000000000000] = 0": true, "evt.around[1700000005000000000] = 4999": false, "evt.around[1700000005000000000] = 5000": true,
		"evt.rawarg.fd = 5": true, "evt.rawarg.name = link": true, "evt.res = SUCCESS": true, "evt.dir = <": true, "evt.dir = >": false, "evt.dir != >": true,
	})
}

// Without a value every comparison is false, != too; not turns it into true.
func TestMatchMissingValues(t *testing.T) {
	checkMatches(t, orphanEvent, map[string]bool{
		"proc.pname = x": false, "proc.pname != x": false, "not proc.pname = x": true, "not proc.pname != x": true, "proc.pname exists": false, "not proc.pname exists": true,
		"proc.pname in (x)": false, "not proc.pname in (x)": true, "proc.pname startswith ''": false, "proc.pname contains ''": false, "proc.pname glob *": false,
		"proc.pname regex '.*'": false, "proc.pname pmatch (/)": false, "proc.pname = allof ()": false, "proc.pname != anyof (a, b)": false,
		"proc.aname = x": false, "proc.aname != x": false, "not proc.aname = x": true, "proc.aname exists": false, "proc.aname[1] != x": false, "proc.apid > 0": false, "proc.apid exists": false,
		"fd.sport != 0": false, "fd.sport >= 0": false, "fd.sport in (0)": false, "fd.sip != 1.2.3.4": false, "fd.snet != 1.2.3.0/24": false, "fd.ip != 1.2.3.4": false, "fd.net != 10.0.0.0/8": false,
		"fd.port != 5": false, "not fd.port = 5": true, "fd.ip exists": false, "container.image.repository != x": false,
		"not container.image.repository = x": true, "container.id = host": true, "container.id != host": false, "thread.cpu != 0": false, "k8s.pod.name exists": false,
		"proc.name = val(proc.pname)": false, "proc.name != val(proc.pname)": false, "proc.pname != val(proc.name)": false, "tolower(proc.pname) != x": false, "len(proc.pname) = 0": false, "len(proc.pname) >= 0": false,
		"evt.buffer != 'x'": false, "evt.arg.nosuch != x": false, "proc.env[X] != y": false,
		// An empty value is a value.
		"proc.args = ''": true, "proc.args exists": true, "proc.args != x": true,
	})
}

func TestMatchAncestors(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{
		"proc.pname = bash": true, "proc.aname[0] = cat": true, "proc.aname[1] = bash": true, "proc.aname[2] = sshd": true, "proc.aname[3] = systemd": true, "proc.aname[4] exists": false,
		"proc.aname = bash": true, "proc.aname = systemd": true, "proc.aname = cat": false, "proc.aname = nobody": false,
		"proc.aname in (x, sshd)": true, "proc.aname in (x, y)": false, "proc.aname contains ssh": true, "proc.aname startswith sys": true, "proc.aname != bash": true,
		"not proc.aname = sshd": false, "not proc.aname in (x, y)": true, "proc.aname exists": true, "proc.aexepath pmatch (/usr/bin)": true,
		"proc.apid = 1": true, "proc.apid = 4": false, "proc.apid in (9, 2)": true, "proc.apid[1] = 3": true, "proc.apid exists": true, "proc.aname endswith anyof (shd, x)": true,
	})
}

func TestMatchNetwork(t *testing.T) {
	checkMatches(t, socketEvent, map[string]bool{ // 10.0.0.5:40312->93.184.216.34:443
		"fd.sip = 93.184.216.34": true, "fd.sip != 93.184.216.34": false, "fd.sip = 10.0.0.5": false, "fd.cip = 10.0.0.5": true, "fd.rip in (1.1.1.1, 93.184.216.34)": true,
		"fd.rip in (1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 93.184.216.34)": true, "fd.sip = ::ffff:93.184.216.34": true, "fd.sip = ::1": false, "fd.sip != ::1": true,
		"fd.ip = 10.0.0.5": true, "fd.ip = 93.184.216.34": true, "fd.ip = 1.1.1.1": false, "fd.ip in (1.1.1.1, 10.0.0.5)": true, "fd.ip != 10.0.0.5": false, "fd.ip != 1.1.1.1": true, "fd.ip exists": true,
		"fd.port = 443": true, "fd.port = 40312": true, "fd.port = 22": false, "fd.port != 443": false, "fd.port != 22": true, "fd.port > 1024": true, "fd.port in (22, 443)": true, "fd.sport < 1024": true,
		"fd.snet = 93.184.0.0/16": true, "fd.snet = 93.184.216.34": true, "fd.snet != 93.184.0.0/16": false, "fd.snet != 10.0.0.0/8": true, "fd.snet = 10.0.0.0/8": false, "fd.cnet = 10.0.0.0/8": true,
		"fd.net = 10.0.0.0/8": true, "fd.net = 93.0.0.0/8": true, "fd.net = 172.16.0.0/12": false, "fd.net in (172.16.0.0/12, 10.0.0.0/8)": true, "fd.net != 10.0.0.0/8": false,
		"fd.net in (1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8, 4.4.0.0/16, 10.0.0.0/24)": true, "fd.net in (1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8, 4.4.0.0/16, 11.0.0.0/24)": false,
		"fd.snet in (0.0.0.0/0)": true, "fd.snet in (::/0)": false, "fd.snet = 93.184.216.35/32": false, "fd.snet = 93.184.216.99/24": true,
		"fd.l4proto = tcp": true, "fd.l4proto != tcp": false, "fd.typechar = 4": true, "fd.connected = true": true, "fd.name = 10.0.0.5:40312->93.184.216.34:443": true,
		"fd.types in (ipv4)": true, "fd.types in (ipv6)": false, "fd.types in (ipv4, ipv6)": true, "fd.types intersects (ipv4, x)": true, "fd.types intersects (x)": false, "fd.types exists": true, "fd.types[1] exists": false,
	})
	checkMatches(t, socket6Event, map[string]bool{
		"fd.sip = 2001:db8::22": true, "fd.sip = 2001:db8:0::22": true, "fd.snet = 2001:db8::/32": true, "fd.snet in (2001:db9::/32, fe80::/10)": false, "fd.net = fe80::/10": true,
		"fd.snet = 0.0.0.0/0": false, "fd.sport = 22": true, "fd.typechar = 6": true, "fd.ip = fe80::1": true, "fd.net in (1.0.0.0/8, 2.0.0.0/8, 3.0.0.0/8, 4.0.0.0/8, fe80::/10)": true,
	})
	checkMatches(t, func() *event.Event { e := socketEvent(); e.HasFD = false; return e }, map[string]bool{"fd.types in (ipv4)": false, "not fd.types in (ipv4)": true, "fd.types exists": false})
}

func TestMatchModifiers(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{ // proc.cmdline is cat -n /etc/Shadow
		"proc.cmdline startswith anyof (dog, cat)": true, "proc.cmdline startswith anyof (dog, cow)": false, "proc.cmdline startswith anyof (a, b, d, ca, c, e)": true, "proc.cmdline startswith anyof (a, b, d, e, f)": false,
		"proc.cmdline contains allof (cat, etc)": true, "proc.cmdline contains allof (cat, usr)": false, "proc.cmdline contains oneof (cat, usr)": true, "proc.cmdline contains oneof (cat, etc)": false,
		"proc.name = anyof (a, cat)": true, "proc.name = anyof (a, b, c, d, e, cat)": true, "proc.name = oneof (cat, cat)": false, "proc.name = allof (cat, cat)": true, "proc.name != allof (a, b)": true, "proc.name != allof (a, cat)": false,
		"proc.name != anyof (a, cat)": true, "proc.name = anyof ()": false, "proc.name = allof ()": false, "proc.name = oneof ()": false, "not proc.name = allof ()": true,
		"fd.name glob anyof (/etc/*, /home/*)": true, "proc.name regex allof ('c.*', '.*t')": true, "proc.cmdline endswith oneof (Shadow, dow)": false, "proc.name = oneof (cat)": true,
	})
}

func TestMatchTransformers(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{
		"tolower(proc.args) = '-n /etc/shadow'": true, "tolower(proc.args) = '-n /etc/Shadow'": false, "toupper(proc.name) = CAT": true, "tolower(toupper(proc.name)) = cat": true, "toupper(proc.name) in (DOG, CAT)": true,
		"basename(proc.exepath) = cat": true, "basename(proc.name) = cat": true, "basename(fd.name) startswith li": true,
		"len(proc.name) = 3": true, "len(proc.name) > 3": false, "len(fd.types) = 1": true, "len(tolower(proc.args)) = 14": true, "len(fd.types) exists": true,
		"b64(proc.env[B64]) = secret": true, "b64(proc.name) exists": false, "b64(proc.name) != x": false,
		"concat(proc.name, '-', proc.pname) = cat-bash": true, "concat(proc.name, proc.aname[9]) exists": false, "concat(tolower(proc.name), toupper(proc.name)) = catCAT": true,
		"join('/', (proc.name, proc.pname)) = cat/bash": true, "join(',', fd.types) = file": true, "tolower(fd.types) in (file)": true,
		"proc.name = val(proc.name)": true, "proc.name != val(proc.pname)": true, "proc.name = val(proc.pname)": false, "proc.exe = tolower(proc.name)": true, "proc.exepath endswith val(proc.name)": true, "proc.cmdline contains val(proc.args)": true,
		"proc.exepath startswith val(proc.name)": false, "proc.args icontains val(proc.name)": false, "proc.pid > val(proc.ppid)": true, "proc.pid <= val(proc.ppid)": false, "proc.pid = val(proc.vpid)": true, "proc.pid != val(proc.vpid)": false,
		"proc.name in val(proc.name)": true, "fd.type in val(fd.types)": true, "proc.name in val(fd.types)": false, "fd.types intersects val(fd.types)": true, "fd.types in val(fd.types)": true,
		"evt.failed = val(evt.is_open_write)": true, "evt.failed != val(evt.is_open_write)": false, "toupper(proc.name) = toupper(proc.exe)": true, "proc.name < val(proc.pname)": false, "proc.name >= val(proc.pname)": true,
	})
	checkMatches(t, socketEvent, map[string]bool{"fd.cip = val(fd.lip)": true, "fd.cip = val(fd.sip)": false, "fd.cip != val(fd.sip)": true})
}

func TestMatchResolvedName(t *testing.T) {
	p := compile(t, "fd.name = /etc/shadow and fd.directory = /etc and fd.filename = shadow")
	e := fileEvent()
	if p.Match(e) {
		t.Error("the program's name is taken for the resolved one")
	}
	if e.Names = event.RealNames; !p.Match(e) {
		t.Error("the resolved name does not match")
	}
}

// Equal choices on one field are merged into one test; the outcome must be
// that of each by itself.
func TestMergedChoices(t *testing.T) {
	checkMatches(t, fileEvent, map[string]bool{
		"proc.name = a or proc.name = cat":                                                          true,
		"proc.name = a or fd.num = 9 or proc.name in (b, cat)":                                      true,
		"fd.name = a or fd.name startswith /ho":                                                     true,
		"fd.name startswith /etc or fd.name startswith /home/b or fd.name startswith /home/a/":      true,
		"fd.name startswith /etc or fd.name startswith /home/b or fd.name startswith /home/a/link2": false,
		"fd.name startswith /home/a/link2 or fd.name startswith /home":                              true,
		"proc.name = a or proc.pname = bash or proc.name = b":                                       true,
		"proc.name = a or proc.pname = sh or proc.name = b":                                         false,
		"proc.name != cat or proc.name = b":                                                         false,
		"proc.name = a or not proc.name = cat":                                                      false,
		"proc.name = oneof (cat, cat) or proc.name = oneof (a, b)":                                  false,
		"proc.name startswith anyof (x, c) or proc.name = y":                                        true,
		"proc.aname[2] = a or proc.aname[2] = sshd":                                                 true,
		"proc.aname[1] = sshd or proc.aname[2] = bash":                                              false,
		"tolower(proc.name) = a or toupper(proc.name) = cat or tolower(proc.name) = cat":            true,
		"proc.name in () or proc.name in ()":                                                        false,
		"proc.name startswith anyof () or proc.name = a":                                            false,
		"proc.aname = nobody or proc.aname = sshd":                                                  true,
		"proc.args = x or proc.args startswith ''":                                                  true,
	})
}
