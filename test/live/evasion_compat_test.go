package live

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// requireCompat skips where the processor lacks what only x86 has: 32-bit programs
// by int 0x80, and the oldest calls. A kernel that does not run the former fails
// the test: nothing would be shown.
func requireCompat(t *testing.T) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("needs amd64: makes system calls that other processors do not have")
	}
}

// TestLiveCompatCalls makes 32-bit system calls from a 64-bit program.
func TestLiveCompatCalls(t *testing.T) {
	requireCompat(t)
	tryAround(t,
		readAround().with(
			wayAround{"open", intruder + " int80-open FILE"},
			wayAround{"open of a symlink", "ln -sf FILE /mnt/short-NAME; " + intruder + " int80-open /mnt/short-NAME"},
			wayAround{"openat", intruder + " int80-openat FILE"},
			wayAround{"openat2", intruder + " int80-openat2 FILE"},
		),
		runAround().with(wayAround{"execve", intruder + " int80-execve PROGRAM"}),
		connectAround().with(
			wayAround{"connect", intruder + " int80-connect ADDRESS"},
			wayAround{"socketcall", intruder + " int80-socketcall ADDRESS"},
		),
	)
}

// TestLiveCompatArguments makes 32-bit system calls whose arguments lie in other
// places or have another form.
func TestLiveCompatArguments(t *testing.T) {
	requireCompat(t)
	m := newMarks()
	g := start(t, withoutDelivered(t), `
- rule: Unlinked
  desc: The test does it.
  condition: evt.type = unlink and fs.path.name = /mnt/unlinked32
  output: mark=%`+markField+`
  priority: DEBUG
- rule: Made
  desc: The test does it.
  condition: evt.type = creat and fd.name = /mnt/made32
  output: mark=%`+markField+`
  priority: DEBUG
- rule: Sent
  desc: The test does it.
  condition: evt.type = sendmsg and fd.sip = 127.0.0.1 and fd.sport = 9
  output: mark=%`+markField+`
  priority: DEBUG
`)
	s := newIntruderStage(t, m)
	for _, tt := range []struct{ rule, script string }{
		{"Unlinked", "touch /mnt/unlinked32; " + intruder + " int80-unlink /mnt/unlinked32"},
		{"Made", intruder + " int80-creat /mnt/made32"},
		{"Sent", intruder + " int80-sendmsg 127.0.0.1:9"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			s.room.enter(t)
			done := s.run(t, []step{host(tt.script)})
			g.settle(t)
			if raised := g.rulesBy(done[0].mark); !slices.Equal(raised, []string{tt.rule}) {
				t.Errorf("%s\nraised alerts of %q, want one of %s", tt.script, raised, tt.rule)
			}
		})
	}
}

// sockaddr is an IPv4 address as the kernel takes it.
func sockaddr(address string) []byte {
	a := netip.MustParseAddrPort(address)
	b := binary.LittleEndian.AppendUint16(nil, unix.AF_INET)
	b = binary.BigEndian.AppendUint16(b, a.Port())
	return append(append(b, a.Addr().AsSlice()...), make([]byte, 8)...)
}

// programs32 are 32-bit programs by name. Each does one thing to its target; one
// that starts another gives it the mark.
func programs32() map[string]func(target, mark string) *program32 {
	const stream = unix.SOCK_STREAM
	return map[string]func(target, mark string) *program32{
		"open": func(file, _ string) *program32 {
			p := &program32{}
			return p.read(p.call(open32, p.text(file), imm(0), imm(0)))
		},
		"openat": func(file, _ string) *program32 {
			p := &program32{}
			return p.read(p.call(openat32, cwd32(), p.text(file), imm(0), imm(0)))
		},
		"openat2": func(file, _ string) *program32 {
			p := &program32{}
			return p.read(p.call(openat232, cwd32(), p.text(file), p.put(make([]byte, unix.SizeofOpenHow)), imm(unix.SizeofOpenHow)))
		},
		"open by a 64-bit call": func(file, _ string) *program32 {
			p := &program32{}
			const open64 = 2
			p.call64(open64, p.text(file), imm(0), imm(0))
			return p
		},
		"execve": func(program, mark string) *program32 {
			p := &program32{}
			name := p.text(program)
			p.call(execve32, name, p.words(name, imm(0)), p.words(p.text(markVariable+"="+mark), imm(0)))
			return p
		},
		"connect": func(address, _ string) *program32 {
			p := &program32{}
			fd := p.call(socket32, imm(unix.AF_INET), imm(stream), imm(0))
			p.call(connect32, fd, p.put(sockaddr(address)), imm(unix.SizeofSockaddrInet4))
			return p
		},
		"socketcall": func(address, _ string) *program32 {
			p := &program32{}
			p.call(socketcall32, imm(1), p.words(imm(unix.AF_INET), imm(stream), imm(0)))
			// The socket is the first descriptor after the standard ones.
			p.call(socketcall32, imm(3), p.words(imm(3), p.put(sockaddr(address)), imm(unix.SizeofSockaddrInet4)))
			return p
		},
	}
}

// TestLiveCompatPrograms runs 32-bit programs.
func TestLiveCompatPrograms(t *testing.T) {
	requireCompat(t)
	m := newMarks()
	g := start(t, markedOutputs(t))
	s := newIntruderStage(t, m)
	const dir = "/mnt/programs32"
	for _, tt := range []struct {
		w       watched
		word    string // what stands for the target
		program string
	}{
		{readAround(), "FILE", "open"},
		{readAround(), "FILE", "openat"},
		{readAround(), "FILE", "openat2"},
		{readAround(), "FILE", "open by a 64-bit call"},
		{runAround(), "PROGRAM", "execve"},
		{connectAround(), "ADDRESS", "connect"},
		{connectAround(), "ADDRESS", "socketcall"},
	} {
		t.Run(tt.program, func(t *testing.T) {
			s.room.enter(t)
			for i, words := range [][]string{tt.w.guarded, tt.w.harmless} {
				mark, target := m.next(), strings.NewReplacer(words...).Replace(tt.word)
				name := fmt.Sprintf("%s/%s-%d", dir, strings.ReplaceAll(tt.program, " ", "-"), i)
				if err := write(0o755, map[string]string{name: string(programs32()[tt.program](target, mark).file())}); err != nil {
					t.Fatal(err)
				}
				if printed, status := run(t, mark, name); status != 0 {
					t.Fatalf("the 32-bit program ended with %d: %s", status, printed)
				}
				g.settle(t)
				if raised := g.rulesBy(mark); slices.Contains(raised, tt.w.rule) != (i == 0) {
					t.Errorf("%s of %s raised alerts of %q", tt.program, target, raised)
				}
			}
		})
	}
}
