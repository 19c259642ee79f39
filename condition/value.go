package condition

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gyrsec/gyr/field"
)

// ordered compares with a constant by an operator that fits numbers.
func ordered[T cmp.Ordered](op Op, c T) func(T) bool {
	switch op {
	case Eq:
		return func(v T) bool { return v == c }
	case Ne:
		return func(v T) bool { return v != c }
	case Lt:
		return func(v T) bool { return v < c }
	case Le:
		return func(v T) bool { return v <= c }
	case Gt:
		return func(v T) bool { return v > c }
	}
	return func(v T) bool { return v >= c }
}

func intValue(s *source) func(*Compare, Op, Value) (func(int64) bool, error) {
	return func(x *Compare, op Op, v Value) (func(int64) bool, error) {
		n, err := parseInt(x, s, v)
		if err != nil {
			return nil, err
		}
		if s.typ == field.Uint64 {
			m := ordered(op, uint64(n))
			return func(v int64) bool { return m(uint64(v)) }, nil
		}
		return ordered(op, n), nil
	}
}

func intSet(s *source) func(*Compare) (func(int64) bool, error) {
	return func(x *Compare) (func(int64) bool, error) {
		set := make(map[int64]struct{}, len(x.Values))
		for _, v := range x.Values {
			n, err := parseInt(x, s, v)
			if err != nil {
				return nil, err
			}
			set[n] = struct{}{}
		}
		return func(n int64) bool { _, ok := set[n]; return ok }, nil
	}
}

// intRange is what fits a type.
func intRange(t field.Type) (low int64, high uint64) {
	switch t {
	case field.Int16:
		return -1 << 15, 1<<15 - 1
	case field.Int32:
		return -1 << 31, 1<<31 - 1
	case field.Uint32:
		return 0, 1<<32 - 1
	case field.Port:
		return 0, 1<<16 - 1
	case field.Uint64:
		return 0, 1<<64 - 1
	}
	return -1 << 63, 1<<63 - 1
}

// parseInt reads a number that fits the source's type, as the bits of an int64.
func parseInt(x *Compare, s *source, v Value) (int64, error) {
	text := strings.TrimPrefix(v.Text, "+")
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
		text, base = hex, 16
	}
	low, high := intRange(s.typ)
	if strings.HasPrefix(text, "-") {
		n, err := strconv.ParseInt(text, base, 64)
		if err != nil || base == 16 {
			return 0, x.valueErrorf(v, "'%s' is not a number: %s has type %s", v.Text, s.name, s.typ)
		}
		if n < low {
			return 0, x.valueErrorf(v, "%s is too small: %s has type %s", v.Text, s.name, s.typ)
		}
		return n, nil
	}
	n, err := strconv.ParseUint(text, base, 64)
	switch {
	case err != nil && strings.Contains(err.Error(), "range"), err == nil && n > high:
		return 0, x.valueErrorf(v, "%s is too large: %s has type %s", v.Text, s.name, s.typ)
	case err != nil:
		return 0, x.valueErrorf(v, "'%s' is not a whole number: %s has type %s", v.Text, s.name, s.typ)
	}
	return int64(n), nil
}

func floatValue(s *source) func(*Compare, Op, Value) (func(float64) bool, error) {
	return func(x *Compare, op Op, v Value) (func(float64) bool, error) {
		f, err := strconv.ParseFloat(v.Text, 64)
		if err != nil {
			return nil, x.valueErrorf(v, "'%s' is not a number: %s has type %s", v.Text, s.name, s.typ)
		}
		return ordered(op, f), nil
	}
}

func boolValue(s *source) func(*Compare, Op, Value) (func(bool) bool, error) {
	return func(x *Compare, op Op, v Value) (func(bool) bool, error) {
		if v.Text != "true" && v.Text != "false" {
			return nil, x.valueErrorf(v, "'%s' is neither true nor false: %s has type %s", v.Text, s.name, s.typ)
		}
		want := (v.Text == "true") == (op == Eq)
		return func(b bool) bool { return b == want }, nil
	}
}

func parseAddr(x *Compare, s *source, v Value) (netip.Addr, error) {
	a, err := netip.ParseAddr(v.Text)
	if err != nil {
		if _, err := netip.ParsePrefix(v.Text); err == nil {
			return a, x.valueErrorf(v, "'%s' is a network, but %s is compared with single addresses: use %s", v.Text, s.name, netField(s.name))
		}
		return a, x.valueErrorf(v, "'%s' is not an IP address: %s has type %s", v.Text, s.name, s.typ)
	}
	return a.Unmap(), nil
}

// netField is the field for networks beside one for addresses.
func netField(name string) string { return strings.TrimSuffix(name, "ip") + "net" }

func addrValue(s *source) func(*Compare, Op, Value) (func(netip.Addr) bool, error) {
	return func(x *Compare, op Op, v Value) (func(netip.Addr) bool, error) {
		c, err := parseAddr(x, s, v)
		want := op == Eq
		return func(a netip.Addr) bool { return (a == c) == want }, err
	}
}

func addrSet(s *source) func(*Compare) (func(netip.Addr) bool, error) {
	return func(x *Compare) (func(netip.Addr) bool, error) {
		set := make(map[netip.Addr]struct{}, len(x.Values))
		for _, v := range x.Values {
			a, err := parseAddr(x, s, v)
			if err != nil {
				return nil, err
			}
			set[a] = struct{}{}
		}
		return func(a netip.Addr) bool { _, ok := set[a]; return ok }, nil
	}
}

// parseNet reads a network, or an address as the network of itself alone.
func parseNet(x *Compare, s *source, v Value) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(v.Text); err == nil {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(v.Text)
	if err != nil {
		return p, x.valueErrorf(v, "'%s' is not a network such as 10.0.0.0/8: %s has type %s", v.Text, s.name, s.typ)
	}
	return p.Masked(), nil
}

func netValue(s *source) func(*Compare, Op, Value) (func(netip.Addr) bool, error) {
	return func(x *Compare, op Op, v Value) (func(netip.Addr) bool, error) {
		p, err := parseNet(x, s, v)
		want := op == Eq
		return func(a netip.Addr) bool { return p.Contains(a) == want }, err
	}
}

// netSet looks an address up once per length of prefix there is.
func netSet(s *source) func(*Compare) (func(netip.Addr) bool, error) {
	return func(x *Compare) (func(netip.Addr) bool, error) {
		set := make(map[netip.Prefix]struct{}, len(x.Values))
		var lengths []int
		for _, v := range x.Values {
			p, err := parseNet(x, s, v)
			if err != nil {
				return nil, err
			}
			set[p] = struct{}{}
			if !slices.Contains(lengths, p.Bits()) {
				lengths = append(lengths, p.Bits())
			}
		}
		return func(a netip.Addr) bool {
			for _, bits := range lengths {
				if p, err := a.Prefix(bits); err == nil {
					if _, ok := set[p]; ok {
						return true
					}
				}
			}
			return false
		}, nil
	}
}
