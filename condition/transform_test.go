package condition

import (
	"encoding/base64"
	"testing"

	"github.com/gyrsec/gyr/event"
)

// armedEvent is a process whose arguments and environment have something to
// transform.
func armedEvent() *event.Event {
	e := fileEvent()
	p := e.Process
	p.Name, p.Exe, p.ExePath = "PyThon3", "./PyThon3", "/usr/local/bin/python3.11"
	p.Args = []string{"-c", "import os", "--Flag=X", "/tmp/a//b/"}
	p.ArgsLine = "-c import os --Flag=X /tmp/a//b/"
	p.Cmdline = p.Name + " " + p.ArgsLine
	p.Env = []string{
		"EMPTY=", "TWICE=" + base64.StdEncoding.EncodeToString([]byte("c2VjcmV0")), "BAD=%%%", "UTF=Ünïcode", "HALF=YQ", "WHOLE=YQ==", "PAT=PyT*", "NEWLINE=a\nB",
	}
	p.CWD = "/"
	return e
}

func TestTransformersOneByOne(t *testing.T) {
	checkMatches(t, armedEvent, map[string]bool{
		// tolower, toupper: ASCII letters only, everything else as it is.
		"tolower(proc.name) = python3":                true,
		"tolower(proc.name) = PyThon3":                false,
		"tolower(proc.env[UTF]) = 'Ünïcode'":          true,
		"toupper(proc.env[UTF]) = 'ÜNïCODE'":          true,
		"tolower(proc.env[EMPTY]) = ''":               true,
		"tolower(proc.env[NEWLINE]) = 'a\\nb'":        true,
		"tolower(proc.env[NOSUCH]) exists":            false,
		"tolower(proc.env[NOSUCH]) != x":              false,
		"not tolower(proc.env[NOSUCH]) = x":           true,
		"toupper(proc.name) = PYTHON3":                true,
		"toupper(proc.name) endswith THON3":           true,
		"toupper(proc.name) contains thon":            false,
		"toupper(proc.name) icontains thon":           true,
		"toupper(proc.name) regex 'PY[A-Z]+3'":        true,
		"toupper(proc.name) glob 'PY*'":               true,
		"toupper(proc.name) in (A, B, C, D, PYTHON3)": true,
		"toupper(proc.name) > 5":                      true,
		// basename: what stands behind the last slash.
		"basename(proc.exepath) = python3.11":   true,
		"basename(proc.exe) = PyThon3":          true,
		"basename(proc.name) = PyThon3":         true,
		"basename(proc.args[3]) = ''":           true,
		"basename(proc.cwd) = ''":               true,
		"basename(proc.exepath) contains /":     false,
		"basename(tolower(proc.exe)) = python3": true,
		"basename(proc.args[9]) exists":         false,
		// len: bytes of a text, elements of a list.
		"len(proc.name) = 7":               true,
		"len(proc.env[UTF]) = 9":           true,
		"len(proc.env[EMPTY]) = 0":         true,
		"len(proc.env[EMPTY]) exists":      true,
		"len(proc.env[NOSUCH]) = 0":        false,
		"len(proc.args[1]) in (9, 10)":     true,
		"len(fd.types) >= 1":               true,
		"len(basename(proc.exepath)) = 10": true,
		"len(proc.name) != 7":              false,
		// b64: decoded, or no value.
		"b64(proc.env[TWICE]) = c2VjcmV0":             true,
		"b64(b64(proc.env[TWICE])) = secret":          true,
		"b64(b64(b64(proc.env[TWICE]))) exists":       false,
		"b64(proc.env[BAD]) exists":                   false,
		"not b64(proc.env[BAD]) exists":               true,
		"b64(proc.env[EMPTY]) = ''":                   true,
		"b64(proc.env[WHOLE]) = a":                    true,
		"len(b64(proc.env[TWICE])) = 8":               true,
		"toupper(b64(b64(proc.env[TWICE]))) = SECRET": true,
		// concat and join.
		"concat(proc.cwd, proc.name) = /PyThon3":                                true,
		"concat('<', proc.name, '>') = '<PyThon3>'":                             true,
		"concat(proc.env[EMPTY], proc.env[EMPTY]) = ''":                         true,
		"concat(proc.name, proc.env[NOSUCH]) != x":                              false,
		"concat(concat(a, b), concat(c, d)) = abcd":                             true,
		"len(concat(proc.name, proc.name)) = 14":                                true,
		"join(', ', (a, proc.name, c)) = 'a, PyThon3, c'":                       true,
		"join('', (proc.name)) = PyThon3":                                       true,
		"join('-', (tolower(proc.name), toupper(proc.name))) = python3-PYTHON3": true,
		"join('-', (a, proc.env[NOSUCH])) exists":                               false,
		"join('-', fd.types) = file":                                            true,
		"join('-', toupper(fd.types)) = FILE":                                   true,
		// On the right-hand side.
		"proc.exe endswith val(proc.name)":                   true,
		"proc.exe = concat('./', proc.name)":                 true,
		"proc.exe != concat('./', proc.name)":                false,
		"proc.name = tolower(proc.name)":                     false,
		"proc.exepath icontains tolower(proc.name)":          true,
		"proc.cmdline startswith concat(proc.name, ' ')":     true,
		"proc.name glob val(proc.env[PAT])":                  true,
		"proc.exepath glob val(proc.env[PAT])":               false,
		"proc.exepath iglob val(proc.env[PAT])":              false,
		"basename(proc.exepath) iglob val(proc.env[PAT])":    true,
		"basename(proc.exepath) glob tolower(proc.env[PAT])": true,
		"proc.name glob val(proc.env[NOSUCH])":               false,
		"len(proc.name) < len(proc.exe)":                     true,
		"len(proc.name) = len(toupper(proc.name))":           true,
		"proc.name in val(fd.types)":                         false,
		"fd.type in val(fd.types)":                           true,
		"toupper(fd.type) in toupper(fd.types)":              true,
		"toupper(fd.type) intersects val(fd.types)":          false,
		"proc.name > val(proc.cwd)":                          true,
		"proc.pid != val(proc.ppid)":                         true,
	})
}

func TestModifiersOneByOne(t *testing.T) {
	checkMatches(t, armedEvent, map[string]bool{
		"proc.name = anyof (x, PyThon3)":                                true,
		"proc.name = oneof (x, PyThon3)":                                true,
		"proc.name = allof (x, PyThon3)":                                false,
		"proc.name = allof (PyThon3)":                                   true,
		"proc.name == anyof (x, y)":                                     false,
		"proc.name != anyof (x, PyThon3)":                               true,
		"proc.name != oneof (x, PyThon3)":                               true,
		"proc.name != oneof (x, y)":                                     false,
		"proc.name != allof (x, PyThon3)":                               false,
		"proc.name != allof (x, y)":                                     true,
		"proc.name contains anyof (x, Th)":                              true,
		"proc.name contains allof (Py, Th, on)":                         true,
		"proc.name contains allof (Py, th)":                             false,
		"proc.name contains oneof (Py, Th)":                             false,
		"proc.name contains anyof (a, b, c, d, e, f, g, Thon, h, i, j)": true,
		"proc.name contains anyof (a, b, c, d, e, f, g, thon, i, j, k)": false,
		"proc.name icontains anyof (a, b, thon)":                        true,
		"proc.name icontains allof (PY, thon)":                          true,
		"proc.name icontains oneof (PY, ruby)":                          true,
		"proc.name startswith anyof (x, Py)":                            true,
		"proc.name startswith oneof (P, Py)":                            false,
		"proc.name startswith allof (P, Py)":                            true,
		"proc.name endswith anyof (3, 4)":                               true,
		"proc.name endswith anyof (.a, .b, .c, .d, on3)":                true,
		"proc.name endswith anyof (.a, .b, .c, .d, on4)":                false,
		"proc.name endswith allof (3, n3, on3)":                         true,
		"proc.name glob anyof (ruby*, Py*)":                             true,
		"proc.name glob allof ('P*', '*3', '*x')":                       false,
		"proc.name iglob oneof (PY*, RUBY*)":                            true,
		"proc.name regex anyof ('[a-z]+', 'P.+[0-9]')":                  true,
		"proc.name regex allof ('.*', 'P.*')":                           true,
		"proc.name regex oneof ('.*', 'P.*')":                           false,
		"not proc.name = anyof (x, y)":                                  true,
		"proc.name startswith anyof ()":                                 false,
		"proc.name contains allof ()":                                   false,
		"proc.name glob oneof ()":                                       false,
		"not proc.name contains allof ()":                               true,
		"proc.env[NOSUCH] != allof (a, b)":                              false,
		"proc.env[EMPTY] = anyof ('', x)":                               true,
		"proc.env[EMPTY] startswith anyof ('')":                         true,
		"tolower(proc.name) = anyof (python3, ruby)":                    true,
		"basename(proc.exepath) startswith anyof (ruby, pyth)":          true,
		"len(proc.name) = anyof (7, 8)":                                 true,
		"len(proc.name) = oneof (7, 7)":                                 false,
		"fd.num = anyof (4, 5, 6)":                                      true,
		"fd.num != allof (4, 6)":                                        true,
		"evt.failed = anyof (true, false)":                              true,
		"evt.failed = allof (true, false)":                              false,
		"proc.aname = anyof (sshd, x)":                                  true,
		"proc.aname startswith allof (ss, sshd)":                        true,
		"proc.aname = allof (bash, sshd)":                               false, // no one ancestor is both
		"fd.name startswith anyof (/etc, /home)":                        true,
	})
	checkMatches(t, socketEvent, map[string]bool{
		"fd.sip = anyof (1.1.1.1, 93.184.216.34)":     true,
		"fd.sip != allof (1.1.1.1, 93.184.216.34)":    false,
		"fd.sip != anyof (1.1.1.1, 93.184.216.34)":    true,
		"fd.snet = oneof (93.0.0.0/8, 10.0.0.0/8)":    true,
		"fd.snet = allof (93.0.0.0/8, 93.184.0.0/16)": true,
		"fd.sport = anyof (80, 443)":                  true,
		"fd.port = oneof (443, 40312)":                true,
	})
}
