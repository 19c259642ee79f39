package ruletest

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/gyrsec/gyr/field"
)

// value is what a test says of one field.
type value struct {
	l    *loader
	ref  *field.Ref
	at   *yaml.Node // the key
	node *yaml.Node
}

func (v value) fail(format string, args ...any) {
	v.l.fail(v.node.Line, v.node.Column, v.ref.Name+" "+format, args...)
}

func (v value) text() (string, bool) {
	if v.node.Kind != yaml.ScalarNode {
		v.fail("takes a single value, not a %s", kindName(v.node))
		return "", false
	}
	if isNull(v.node) {
		v.fail("has no value here: give one (\"\" for an empty text), or leave the field out")
		return "", false
	}
	if strings.IndexByte(v.node.Value, 0) >= 0 {
		v.fail("cannot hold a zero byte: it ends every text the kernel hands over")
		return "", false
	}
	return v.node.Value, true
}

func (v value) number(lowest, highest int64) (int64, bool) {
	s, ok := v.text()
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil || n < lowest || n > highest {
		switch {
		case highest == math.MaxInt64:
			v.fail("is a number of at least %d, not %q", lowest, cut(s))
		default:
			v.fail("is a number from %d to %d, not %q", lowest, highest, cut(s))
		}
		return 0, false
	}
	return n, true
}

func (v value) truth() (bool, bool) {
	s, ok := v.text()
	if !ok {
		return false, false
	}
	switch strings.ToLower(s) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	v.fail("is true or false, not %q", cut(s))
	return false, false
}

// duration is a number of nanoseconds, or a text such as 90s.
func (v value) duration() (int64, bool) {
	s, ok := v.text()
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		var d time.Duration
		d, err = time.ParseDuration(s)
		n = int64(d)
	}
	if err != nil || n < 0 || n > maxAge {
		v.fail("is a number of nanoseconds or a duration such as 90s, of at most 999 days, not %q", cut(s))
		return 0, false
	}
	return n, true
}

// texts is a list, or a single value taken for a list of one.
func (v value) texts() ([]string, bool) {
	if v.node.Kind == yaml.ScalarNode {
		s, ok := v.text()
		return []string{s}, ok
	}
	list, ok := v.l.texts(v.node, v.ref.Name)
	for _, s := range list {
		if ok = ok && strings.IndexByte(s, 0) < 0; !ok {
			break
		}
	}
	return list, ok
}

// words is a list, or a text whose words are the list.
func (v value) words(separators string) ([]string, bool) {
	list, ok := v.texts()
	if ok && v.node.Kind == yaml.ScalarNode {
		list = strings.FieldsFunc(list[0], func(r rune) bool { return strings.ContainsRune(separators, r) })
	}
	return list, ok
}

func (v value) address() (netip.Addr, bool) {
	s, ok := v.text()
	if !ok {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		v.fail("is an IP address, not %q", cut(s))
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}
