package dns

import (
	"errors"
	"strings"
)

// errMalformed is wrapped by errors about messages that break the format;
// errShort says that a message ends before what was to be read.
var (
	errMalformed = errors.New("malformed DNS message")
	errShort     = errors.New("DNS message is cut short")
)

// What the protocol allows: bytes of a name in a message, and what the pointers
// of one may be. A name needs one pointer; a few more than that do occur.
const (
	maxWireName = 255
	maxPointers = 16
)

// appendName appends the name at msg[off:] in lower case, without a dot at its
// end, and returns where what follows the name begins. Bytes that are not
// printable, and dots inside of labels, are written as dig does: \DDD, \. and
// \\; a name so written is at most four times as long as in the message.
func appendName(dst []byte, msg string, off int) (name []byte, next int, err error) {
	// A pointer has to lead before the part of the name it stands in, so that
	// following it ends.
	start, length, pointers := off, 0, 0
	next = -1
	for first := true; ; {
		if off >= len(msg) {
			return dst, 0, errShort
		}
		c := int(msg[off])
		switch c & 0xc0 {
		case 0:
			off++
			if c == 0 {
				if next < 0 {
					next = off
				}
				return dst, next, nil
			}
			if length += c + 1; length >= maxWireName {
				return dst, 0, errMalformed
			}
			if off+c > len(msg) {
				return dst, 0, errShort
			}
			if !first {
				dst = append(dst, '.')
			}
			first = false
			dst = appendLabel(dst, msg[off:off+c])
			off += c
		case 0xc0:
			if off+1 >= len(msg) {
				return dst, 0, errShort
			}
			if next < 0 {
				next = off + 2
			}
			off = c&0x3f<<8 | int(msg[off+1])
			if pointers++; off >= start || pointers > maxPointers {
				return dst, 0, errMalformed
			}
			start = off
		default:
			return dst, 0, errMalformed
		}
	}
}

func appendLabel(dst []byte, label string) []byte {
	for i := range len(label) {
		switch c := label[i]; {
		case c == '.' || c == '\\':
			dst = append(dst, '\\', c)
		case c <= ' ' || c >= 0x7f:
			dst = append(dst, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// normal is a name as rules write it in the form names are kept in.
func normal(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// maxName is the longest name that can be asked for, as text.
const maxName = 253

// resolvable reports whether a name in normal form is one of a host: labels of
// letters, digits, hyphens and underscores, and no address.
func resolvable(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	numeric := false
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		numeric = true
		for i := range len(label) {
			switch c := label[i]; {
			case c >= '0' && c <= '9':
			case c >= 'a' && c <= 'z', c == '-', c == '_':
				numeric = false
			default:
				return false
			}
		}
	}
	// No top-level domain is a number: such a name is meant as an address.
	return !numeric
}
