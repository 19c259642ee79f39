package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Messages are put together from literal bytes, so that the tests do not share a
// mistake with the parser.
const (
	// head is a response without error to one question, with n answers behind it.
	headOf = "\x12\x34\x81\x80\x00\x01"
	// after is the rest of the header and the question example.com, A. The
	// question begins at 12, "com" within it at 20, an answer at 29.
	after = "\x00\x00\x00\x00" + "\x07example\x03com\x00" + "\x00\x01\x00\x01"

	head1 = headOf + "\x00\x01" + after
	head2 = headOf + "\x00\x02" + after
	head3 = headOf + "\x00\x03" + after

	// A record of the name asked for: 93.184.216.34 for 3600 s.
	recordA = "\xc0\x0c" + "\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04" + "\x5d\xb8\xd8\x22"
)

// long is 63 bytes of a label.
var long = strings.Repeat("x", 63)

func TestParse(t *testing.T) {
	tests := []struct {
		name, msg string
		names     []string
		addrs     string
		ttl       uint32
	}{
		{"an address", head1 + recordA, []string{"example.com"}, "93.184.216.34", 3600},
		{"an IPv6 address", head1 + "\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x07",
			[]string{"example.com"}, "2001:db8::7", 60},
		{"an IPv4 address as IPv6", head1 + "\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10" + strings.Repeat("\x00", 10) + "\xff\xff\x01\x02\x03\x04",
			[]string{"example.com"}, "1.2.3.4", 60},
		{"two addresses, one twice", head3 + recordA + recordA + "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\x01\x02\x03\x04",
			[]string{"example.com"}, "93.184.216.34 1.2.3.4", 5},
		{"the name written out", head1 + "\x07EXAMPLE\x03cOm\x00" + recordA[2:], []string{"example.com"}, "93.184.216.34", 3600},
		{"a question in any case", headOf + "\x00\x01\x00\x00\x00\x00\x07eXaMpLe\x03COM\x00\x00\x01\x00\x01" + recordA, []string{"example.com"}, "93.184.216.34", 3600},
		// The target "www.example.com" begins at 41 (0x29).
		{"an alias", head2 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x06\x03www\xc0\x0c" + "\xc0\x29" + recordA[2:],
			[]string{"example.com", "www.example.com"}, "93.184.216.34", 10},
		{"the alias behind the address", head2 + "\x03www\xc0\x0c" + recordA[2:] + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x02\xc0\x1d",
			[]string{"example.com", "www.example.com"}, "93.184.216.34", 10},
		{"a chain of aliases", head3 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x04\x01a\xc0\x0c" + "\xc0\x29\x00\x05\x00\x01\x00\x00\x00\x14\x00\x04\x01b\xc0\x0c" + "\x01b\xc0\x0c" + recordA[2:],
			[]string{"example.com", "a.example.com", "b.example.com"}, "93.184.216.34", 10},
		{"aliases in a circle, and an address", head3 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x04\x01a\xc0\x0c" + "\xc0\x29\x00\x05\x00\x01\x00\x00\x00\x14\x00\x02\xc0\x0c" + recordA,
			[]string{"example.com", "a.example.com"}, "93.184.216.34", 10},
		{"an address of another name beside", head2 + "\x05other\x03net\x00" + "\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x06\x06\x06\x06" + recordA,
			[]string{"example.com"}, "93.184.216.34", 3600},
		{"an alias of another name beside", head2 + "\x05other\x03net\x00" + "\x00\x05\x00\x01\x00\x00\x00\x01\x00\x04\x01b\xc0\x0c" + recordA,
			[]string{"example.com"}, "93.184.216.34", 3600},
		{"records of other kinds beside", head3 + "\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x01\x00\x08\x00\x01\x00\x01\x01\xbb\x00\x00" + "\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x01\x00\x03\x02hi" + recordA,
			[]string{"example.com"}, "93.184.216.34", 3600},
		{"a record of another class beside", head2 + "\xc0\x0c\x00\x01\x00\x03\x00\x00\x00\x01\x00\x04\x06\x06\x06\x06" + recordA, []string{"example.com"}, "93.184.216.34", 3600},
		{"no address: 0.0.0.0", head2 + "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x00\x00\x00\x00" + recordA, []string{"example.com"}, "93.184.216.34", 3600},
		{"marked as cut", "\x12\x34\x83\x80" + head1[4:] + recordA, []string{"example.com"}, "93.184.216.34", 3600},
		{"cut in the second record", head2 + recordA + recordA[:9], []string{"example.com"}, "93.184.216.34", 3600},
		{"cut in the second record's name", head2 + recordA + "\x03ww", []string{"example.com"}, "93.184.216.34", 3600},
		{"cut in the second record's data", head2 + recordA + recordA[:14], []string{"example.com"}, "93.184.216.34", 3600},
		{"more answers announced than there are", headOf + "\xff\xff" + after + recordA, []string{"example.com"}, "93.184.216.34", 3600},
		{"bytes behind the answers", head1 + recordA + "\xff\xff\xff", []string{"example.com"}, "93.184.216.34", 3600},
		{"a time with the highest bit", head1 + "\xc0\x0c\x00\x01\x00\x01\xff\xff\xff\xff\x00\x04\x01\x02\x03\x04", []string{"example.com"}, "1.2.3.4", 0},
		{"a label of strange bytes", headOf + "\x00\x01\x00\x00\x00\x00\x06a.\\\x00\xff \x04evil\x00\x00\x01\x00\x01" + recordA,
			[]string{`a\.\\\000\255\032.evil`}, "93.184.216.34", 3600},
		{"the longest name", headOf + "\x00\x01\x00\x00\x00\x00" + strings.Repeat("\x3f"+long, 3) + "\x3d" + long[:61] + "\x00\x00\x01\x00\x01" + recordA,
			[]string{strings.Repeat(long+".", 3) + long[:61]}, "93.184.216.34", 3600},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := parse(tt.msg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.names, a.names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if got := strings.Trim(fmt.Sprint(a.addrs), "[]"); got != tt.addrs || a.ttl != tt.ttl {
				t.Errorf("addresses %s for %d s, want %s for %d s", got, a.ttl, tt.addrs, tt.ttl)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	// manyPointers has a text of pointers that each lead to the one before, and an
	// address of the name the last of them stands for.
	manyPointers := head2 + "\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x01\x00\x28"
	at := 12
	for range 20 {
		next := len(manyPointers)
		manyPointers += string([]byte{0xc0, byte(at)})
		at = next
	}
	manyPointers += string([]byte{0xc0, byte(at)}) + recordA[2:]
	tests := []struct {
		name, msg string
		err       error
	}{
		{"nothing", "", errNoAnswer},
		{"a part of a header", head1[:11], errNoAnswer},
		{"a header alone", head1[:12], errNoAnswer},
		{"a question cut short", head1[:20], errNoAnswer},
		{"a question without type", head1[:27], errNoAnswer},
		{"a question alone", head1, errNoAnswer},
		{"no answers announced", headOf + "\x00\x00" + after + recordA, errNoAnswer},
		{"a query", "\x12\x34\x01\x00" + head1[4:] + recordA, errNoAnswer},
		{"another operation", "\x12\x34\xa8\x00" + head1[4:] + recordA, errNoAnswer},
		{"an error", "\x12\x34\x81\x83" + head1[4:] + recordA, errNoAnswer},
		{"no question", "\x12\x34\x81\x80\x00\x00" + head1[6:] + recordA, errNoAnswer},
		{"two questions", "\x12\x34\x81\x80\x00\x02" + head1[6:] + recordA, errNoAnswer},
		{"a question of another class", head1[:27] + "\x00\x03" + recordA, errNoAnswer},
		{"the root", headOf + "\x00\x01\x00\x00\x00\x00\x00\x00\x01\x00\x01" + recordA, errNoAnswer},
		{"an alias without address", head1 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x06\x03www\xc0\x0c", errNoAnswer},
		{"an address of another name", head1 + "\x05other\x03net\x00" + recordA[2:], errNoAnswer},
		{"0.0.0.0 alone", head1 + recordA[:12] + "\x00\x00\x00\x00", errNoAnswer},
		{"an address cut short", head1 + recordA[:15], errNoAnswer},

		{"a pointer to itself", head1 + "\xc0\x1d" + recordA[2:], errMalformed},
		{"a pointer forward", head1 + "\xc0\x2f" + recordA[2:], errMalformed},
		{"a pointer behind the end", head1 + "\xff\xff" + recordA[2:], errMalformed},
		{"two pointers to each other", headOf + "\x00\x01\x00\x00\x00\x00\xc0\x0e\xc0\x0c\x00\x01\x00\x01", errMalformed},
		{"a name that goes back into itself", head1 + "\x01a\xc0\x1d" + recordA[2:], errMalformed},
		{"a chain of pointers", manyPointers, errMalformed},
		{"a label of a kind there is not", head1 + "\x41a\x00" + recordA[2:], errMalformed},
		{"another", head1 + "\x81a\x00" + recordA[2:], errMalformed},
		{"a name too long", headOf + "\x00\x01\x00\x00\x00\x00" + strings.Repeat("\x3f"+long, 4) + "\x00\x00\x01\x00\x01" + recordA, errMalformed},
		{"a name too long by a pointer", head2 + strings.Repeat("\x3f"+long, 3) + "\x32" + long[:50] + "\xc0\x0c" + recordA[2:], errMalformed},
		{"an address of three bytes", head1 + recordA[:11] + "\x03\x01\x02\x03", errMalformed},
		{"an address of five bytes", head1 + recordA[:11] + "\x05\x01\x02\x03\x04\x05", errMalformed},
		{"an IPv6 address of four bytes", head1 + "\xc0\x0c\x00\x1c" + recordA[4:], errMalformed},
		{"an alias longer than its record", head1 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x03\x03www\xc0\x0c", errMalformed},
		{"an alias shorter than its record", head1 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x08\x03www\xc0\x0c\x00\x00", errMalformed},
		{"an alias that points forward", head1 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x02\xc0\x2b\x00\x00", errMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if a, err := parse(tt.msg); !errors.Is(err, tt.err) {
				t.Errorf("error %v (answer %v), want %v", err, a, tt.err)
			}
		})
	}
}

func TestManyRecordsAreBounded(t *testing.T) {
	msg := headOf + "\x0f\xff" + after
	for i := range 4095 {
		msg += "\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\x01\x02" + string([]byte{byte(i >> 8), byte(i)})
	}
	a, err := parse(msg)
	if err != nil || len(a.addrs) != maxAddrs {
		t.Errorf("%d addresses (%v), want %d", len(a.addrs), err, maxAddrs)
	}
	msg = headOf + "\x00\x80" + after
	target := "\xc0\x0c"
	for i := range 127 {
		at := len(msg) + 12
		msg += target + "\x00\x05\x00\x01\x00\x00\x0e\x10\x00\x06" + fmt.Sprintf("\x03%03d\xc0\x0c", i)
		target = string([]byte{0xc0 | byte(at>>8), byte(at)})
	}
	if a, err = parse(msg + recordA); err != nil || len(a.names) != 1+maxAliases {
		t.Errorf("%d names (%v), want %d", len(a.names), err, 1+maxAliases)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(head1 + recordA)
	f.Add(head2 + "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x0a\x00\x06\x03www\xc0\x0c" + "\xc0\x29" + recordA[2:])
	f.Add(head1 + "\xc0\x1d" + recordA[2:])
	f.Add(head1 + "\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10" + strings.Repeat("\x00", 16))
	f.Fuzz(func(t *testing.T, msg string) {
		msg = stream(msg)
		whole, err := parse(msg)
		if err != nil {
			if !errors.Is(err, errNoAnswer) && !errors.Is(err, errMalformed) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if len(whole.names) == 0 || len(whole.names) > 1+maxAliases || len(whole.addrs) == 0 || len(whole.addrs) > maxAddrs {
			t.Fatalf("%d names, %d addresses", len(whole.names), len(whole.addrs))
		}
		for _, name := range whole.names {
			if name == "" || len(name) > 4*maxWireName || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r >= 'A' && r <= 'Z' }) {
				t.Fatalf("name %q", name)
			}
		}
		for _, a := range whole.addrs {
			if !a.IsValid() || a.Is4In6() || a.IsUnspecified() {
				t.Fatalf("address %v", a)
			}
		}
		// What the beginning of a message says, all of it says.
		part, err := parse(msg[:len(msg)*3/4])
		if err == nil && (slices.ContainsFunc(part.addrs, func(a netip.Addr) bool { return !slices.Contains(whole.addrs, a) }) || part.names[0] != whole.names[0]) {
			t.Fatalf("the beginning says %v, all of it %v", part, whole)
		}
	})
}
