package main

import (
	"encoding/hex"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestParseArgument(t *testing.T) {
	tests := []struct {
		word   string
		number uintptr
		memory string // in hexadecimal, where it is a pointer
	}{
		{"12", 12, ""},
		{"0x10", 16, ""},
		{"0755", 0o755, ""},
		{"-100", ^uintptr(99), ""},
		{"@1", 7, ""},
		{"@2", 8, ""},
		{"/a", 0, "2f6100"},
		{"a:b", 0, "613a6200"},
		{"hex:cafe", 0, "cafe00"},
		{"hex:", 0, "00"},
		{"buf:2", 0, "000000"},
		{"in:192.0.2.1:80", 0, "02000050c00002010000000000000000"},
		{"in:[::1]:80", 0, "0a00005000000000" + strings.Repeat("00", 15) + "01" + "00000000"},
	}
	for _, tt := range tests {
		a, err := parseArgument(tt.word)
		if err != nil {
			t.Errorf("%s: %v", tt.word, err)
			continue
		}
		if got := hex.EncodeToString(a.memory); got != tt.memory {
			t.Errorf("%s points to %s, want %s", tt.word, got, tt.memory)
		}
		if a.memory != nil {
			continue
		}
		if got, err := a.value([]uintptr{0, 7, 8}); err != nil || got != tt.number {
			t.Errorf("%s is %d (%v), want %d", tt.word, got, err, tt.number)
		}
	}
}

func TestParseMessage(t *testing.T) {
	a, err := parseArgument("msg:cafe@192.0.2.1:80")
	if err != nil {
		t.Fatal(err)
	}
	m := a.message
	if data := unsafe.Slice(m.Iov.Base, m.Iov.Len); string(data) != "\xca\xfe" || m.Iovlen != 1 || m.Namelen != unix.SizeofSockaddrInet4 {
		t.Errorf("message of %x in %d parts, address of %d bytes", data, m.Iovlen, m.Namelen)
	}
}

func TestParseErrors(t *testing.T) {
	for _, words := range []string{
		"", "nonsense", "openat -100 hex:x", "openat @x", "connect 3 in:192.0.2.1", "sendmsg 3 msg:00", "sendmsg 3 msg:x@192.0.2.1:1",
		"openat 1 2 3 4 5 6 7", "read 0 buf:-1",
	} {
		if c, err := parse(strings.Fields(words)); err == nil {
			t.Errorf("%q is read as %+v", words, c)
		}
	}
	if err := callAll(strings.Fields("getpid , close @2"), nil); err == nil {
		t.Error("a result is taken before it is there")
	}
}

func TestCallAll(t *testing.T) {
	tests := []struct {
		calls string
		ok    bool
	}{
		{"getpid", true},
		{"!getpid", false},
		{"?getpid", true},
		{"close -1", false},
		{"!close -1", true},
		{"?close -1", true},
		{"memfd_create name 0 , fchmod @1 0600 , close @1 , !close @1", true},
	}
	for _, tt := range tests {
		if err := callAll(strings.Fields(tt.calls), nil); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.calls, err)
		}
	}
}
