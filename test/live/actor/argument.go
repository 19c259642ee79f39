package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// argument is one argument of a call: a number, an earlier result, or memory.
type argument struct {
	number  uintptr
	result  int // index, where isResult is set
	memory  []byte
	message *unix.Msghdr

	isResult bool
}

// parseArgument reads:
//
//	12, -1, 0x1f, 0755   a number
//	@2                   the result of the second call
//	in:192.0.2.1:80      a pointer to a sockaddr, of IPv4 or IPv6
//	msg:cafe@192.0.2.1:80 a pointer to a msghdr with these bytes and a sockaddr
//	hex:cafe             a pointer to these bytes
//	buf:64               a pointer to as many zero bytes
//	anything else        a pointer to that, as a string
func parseArgument(word string) (argument, error) {
	kind, rest, _ := strings.Cut(word, ":")
	switch {
	case strings.HasPrefix(word, "@"):
		i, err := strconv.Atoi(word[1:])
		return argument{result: i, isResult: true}, err
	case kind == "in":
		address, err := netip.ParseAddrPort(rest)
		return argument{memory: sockaddr(address)}, err
	case kind == "msg":
		return parseMessage(rest)
	case kind == "hex":
		b, err := hex.DecodeString(rest)
		return argument{memory: append(b, 0)}, err
	case kind == "buf":
		n, err := strconv.ParseUint(rest, 0, 20)
		return argument{memory: make([]byte, n+1)}, err
	}
	if n, err := strconv.ParseInt(word, 0, 64); err == nil {
		return argument{number: uintptr(n)}, nil
	}
	memory, err := unix.ByteSliceFromString(word)
	return argument{memory: memory}, err
}

func parseMessage(word string) (argument, error) {
	bytes, to, _ := strings.Cut(word, "@")
	address, err := netip.ParseAddrPort(to)
	if err != nil {
		return argument{}, err
	}
	data, err := hex.DecodeString(bytes)
	if err != nil {
		return argument{}, err
	}
	name := sockaddr(address)
	vector := &unix.Iovec{Base: unsafe.SliceData(data)}
	vector.SetLen(len(data))
	m := &unix.Msghdr{Name: &name[0], Namelen: uint32(len(name)), Iov: vector}
	m.SetIovlen(1)
	return argument{message: m}, nil
}

func sockaddr(a netip.AddrPort) []byte {
	family := uint16(unix.AF_INET6)
	if a.Addr().Is4() {
		family = unix.AF_INET
	}
	b := binary.NativeEndian.AppendUint16(nil, family)
	b = binary.BigEndian.AppendUint16(b, a.Port())
	if family == unix.AF_INET {
		return append(append(b, a.Addr().AsSlice()...), make([]byte, 8)...)
	}
	b = append(b, 0, 0, 0, 0)
	return append(append(b, a.Addr().AsSlice()...), 0, 0, 0, 0)
}

// value is what stands in the register. The memory has to be kept alive.
func (a argument) value(results []uintptr) (uintptr, error) {
	switch {
	case a.message != nil:
		return uintptr(unsafe.Pointer(a.message)), nil
	case a.memory != nil:
		return uintptr(unsafe.Pointer(&a.memory[0])), nil
	case !a.isResult:
		return a.number, nil
	case a.result < 0 || a.result >= len(results):
		return 0, fmt.Errorf("there is no result @%d yet", a.result)
	}
	return results[a.result], nil
}
