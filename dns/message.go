package dns

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
)

// errNoAnswer says that a message is in order but gives no name an address: a
// query, an error, a response about something else.
var errNoAnswer = errors.New("DNS message answers with no address")

// answer is what a response says: the names, that which was asked for first and
// those it is an alias of after it, have the addresses for ttl seconds.
type answer struct {
	names []string
	addrs []netip.Addr
	ttl   uint32
}

// The numbers of the protocol that matter here.
const (
	headerSize = 12

	flagResponse = 1 << 15
	maskOpcode   = 0xf << 11
	maskError    = 0xf

	typeA     = 1
	typeCNAME = 5
	typeAAAA  = 28
	classIN   = 1
)

// How much of one response is looked at. Usual ones have a tenth of it.
const (
	maxRecords = 128
	maxAliases = 16
	maxAddrs   = 64
)

// parse reads a response. One that ends early counts as far as it goes, because
// captured data is a beginning. The error is errNoAnswer or errMalformed.
func parse(msg string) (answer, error) {
	if len(msg) < headerSize {
		return answer{}, errNoAnswer
	}
	flags := number16(msg[2:])
	questions, records := number16(msg[4:]), int(number16(msg[6:]))
	if flags&flagResponse == 0 || flags&(maskOpcode|maskError) != 0 || questions != 1 || records == 0 {
		return answer{}, errNoAnswer
	}
	var text [4 * maxWireName]byte
	asked, off, err := appendName(text[:0], msg, headerSize)
	switch {
	case errors.Is(err, errShort):
		return answer{}, errNoAnswer
	case err != nil:
		return answer{}, err
	case len(asked) == 0 || off+4 > len(msg) || number16(msg[off+2:]) != classIN:
		return answer{}, errNoAnswer
	}
	s := section{msg: msg}
	if err := s.read(off+4, min(records, maxRecords)); err != nil {
		return answer{}, err
	}
	return s.answer(string(asked))
}

// section is the answer section of a response.
type section struct {
	msg     string
	aliases []alias
	addrs   []addrRecord
}

type alias struct {
	owner, target string
	ttl           uint32
}

type addrRecord struct {
	owner int // where its name stands
	addr  netip.Addr
	ttl   uint32
}

// read goes through the records from off on.
func (s *section) read(off, records int) error {
	var text [4 * maxWireName]byte
	for range records {
		owner := off
		name, next, err := appendName(text[:0], s.msg, off)
		const fixed = 10 // type, class, ttl, length
		switch {
		case errors.Is(err, errShort):
			return nil
		case err != nil:
			return err
		case next+fixed > len(s.msg):
			return nil
		}
		head := s.msg[next:]
		data := next + fixed
		off = data + int(number16(head[8:]))
		if off > len(s.msg) {
			return nil
		}
		if number16(head[2:]) != classIN {
			continue
		}
		ttl := number32(head[4:])
		if ttl>>31 != 0 {
			ttl = 0 // a number of 31 bits by the standard; more counts as none
		}
		switch rdata := s.msg[data:off]; number16(head) {
		case typeCNAME:
			err = s.alias(string(name), data, off, ttl)
		case typeA:
			err = s.address(owner, rdata, 4, ttl)
		case typeAAAA:
			err = s.address(owner, rdata, 16, ttl)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// alias takes note of a record that says the owner is another name for what
// stands at the offset.
func (s *section) alias(owner string, off, end int, ttl uint32) error {
	var text [4 * maxWireName]byte
	target, next, err := appendName(text[:0], s.msg, off)
	if err != nil || next != end {
		return errMalformed
	}
	if len(s.aliases) < maxAliases {
		s.aliases = append(s.aliases, alias{owner, string(target), ttl})
	}
	return nil
}

func (s *section) address(owner int, data string, size int, ttl uint32) error {
	if len(data) != size {
		return errMalformed
	}
	addr, _ := netip.AddrFromSlice([]byte(data))
	// What filtering resolvers answer for a name they refuse is no address.
	if addr = addr.Unmap(); !addr.IsUnspecified() && len(s.addrs) < maxAddrs {
		s.addrs = append(s.addrs, addrRecord{owner, addr, ttl})
	}
	return nil
}

// answer follows the aliases from the name asked for to its addresses. Records
// of other names are none of the question's business, so they do not count.
func (s *section) answer(asked string) (answer, error) {
	a := answer{names: []string{asked}, ttl: 1<<31 - 1}
	for i := 0; i < len(a.names); i++ {
		for _, l := range s.aliases {
			if l.owner == a.names[i] && l.target != "" && !slices.Contains(a.names, l.target) {
				a.names = append(a.names, l.target)
				a.ttl = min(a.ttl, l.ttl)
			}
		}
	}
	var text [4 * maxWireName]byte
	for _, r := range s.addrs {
		owner, _, err := appendName(text[:0], s.msg, r.owner)
		if err != nil || !slices.Contains(a.names, string(owner)) || slices.Contains(a.addrs, r.addr) {
			continue
		}
		a.addrs = append(a.addrs, r.addr)
		a.ttl = min(a.ttl, r.ttl)
	}
	if len(a.addrs) == 0 {
		return answer{}, errNoAnswer
	}
	return a, nil
}

func number16(s string) uint16 { return binary.BigEndian.Uint16([]byte(s[:2])) }
func number32(s string) uint32 { return binary.BigEndian.Uint32([]byte(s[:4])) }
