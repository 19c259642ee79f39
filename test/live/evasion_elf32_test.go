package live

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
)

// program32 is a 32-bit program under construction: system calls in a row, made
// by int 0x80, and strings. It is so small that no compiler for 32 bits is
// needed. It ends with 0 if no call failed, else with 1.
type program32 struct {
	code, data bytes.Buffer
}

const (
	base32 = 0x08048000 // where the file is mapped
	data32 = 0x1000     // from there on strings, and above it what calls return
	slot32 = 0x2000
	size32 = 0x3000
)

// Numbers of 32-bit system calls.
const (
	exit32       = 1
	read32       = 3
	open32       = 5
	execve32     = 11
	socketcall32 = 102
	openat32     = 295
	socket32     = 359
	connect32    = 362
	openat232    = 437
)

// word is an argument: a number, an address, or what an earlier call returned.
type word struct {
	value    uint32
	returned bool // value is where the result lies
}

// imm is an argument that is known beforehand.
func imm(n int) word { return word{value: uint32(n)} }

// put adds bytes to the program's data and returns their address.
func (p *program32) put(b []byte) word {
	at := base32 + data32 + p.data.Len()
	p.data.Write(b)
	p.data.Write(make([]byte, 8-len(b)%8)) // also the zero at the end of strings
	return imm(at)
}

func (p *program32) text(s string) word { return p.put([]byte(s)) }

func (p *program32) words(list ...word) word {
	var b []byte
	for _, w := range list {
		b = binary.LittleEndian.AppendUint32(b, w.value)
	}
	return p.put(b)
}

// emit appends machine code, numbers of 32 bits in it.
func emit(b *bytes.Buffer, pieces ...any) {
	for _, p := range pieces {
		switch p := p.(type) {
		case int:
			b.WriteByte(byte(p))
		case uint32:
			b.Write(binary.LittleEndian.AppendUint32(nil, p))
		}
	}
}

// call adds a system call. Its result can be an argument of later ones.
func (p *program32) call(nr int, args ...word) word {
	emit(&p.code, 0xB8, uint32(nr)) // mov eax, nr
	for i, a := range args {
		// mov reg, imm32, and mov reg, [disp32], of ebx, ecx, edx, esi, edi
		immediate, memory := [...]int{0xBB, 0xB9, 0xBA, 0xBE, 0xBF}[i], [...]int{0x1D, 0x0D, 0x15, 0x35, 0x3D}[i]
		if a.returned {
			emit(&p.code, 0x8B, memory, a.value)
		} else {
			emit(&p.code, immediate, a.value)
		}
	}
	slot := word{value: base32 + slot32 + uint32(p.code.Len()), returned: true}
	emit(&p.code, 0xCD, 0x80, 0xA3, slot.value) // int 0x80; mov [slot], eax
	p.endIfFailed()
	return slot
}

// endIfFailed ends the program with 1 when eax is an error.
func (p *program32) endIfFailed() {
	emit(&p.code, 0x85, 0xC0, 0x79, 12)                              // test eax, eax; jns over
	emit(&p.code, 0xBB, uint32(1), 0xB8, uint32(exit32), 0xCD, 0x80) // mov ebx, 1; mov eax, exit; int 0x80
}

// call64 adds a system call with the number and the entry of 64-bit programs,
// which a 32-bit one reaches by a jump to the other code segment. It ends the
// program with 0, or with 1 where the call failed.
func (p *program32) call64(nr int, args ...word) {
	const segment64, exit64 = 0x33, 60
	// push segment64; push next; retf; next:
	emit(&p.code, 0x6A, segment64, 0x68, uint32(base32+headers32+p.code.Len()+2+5+1), 0xCB)
	emit(&p.code, 0xB8, uint32(nr))
	for i, a := range args { // mov reg, imm32 of edi, esi, edx
		emit(&p.code, [...]int{0xBF, 0xBE, 0xBA}[i], a.value)
	}
	// syscall; shr rax, 63; mov edi, eax; mov eax, exit64; syscall
	emit(&p.code, 0x0F, 0x05, 0x48, 0xC1, 0xE8, 63, 0x89, 0xC7, 0xB8, uint32(exit64), 0x0F, 0x05)
}

const headers32 = 52 + 32 // of the file and of its one segment

// file is the program as an ELF file.
func (p *program32) file() []byte {
	p.code.Write([]byte{0xBB, 0, 0, 0, 0}) // mov ebx, 0
	emit(&p.code, 0xB8, uint32(exit32), 0xCD, 0x80)
	if headers32+p.code.Len() > data32 || p.data.Len() > slot32-data32 {
		panic("the program is too long")
	}
	header := elf.Header32{
		Ident: [elf.EI_NIDENT]byte{0x7F, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_386), Version: uint32(elf.EV_CURRENT),
		Entry: base32 + headers32, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: 1,
	}
	segment := elf.Prog32{
		Type: uint32(elf.PT_LOAD), Vaddr: base32, Paddr: base32, Filesz: slot32, Memsz: size32,
		Flags: uint32(elf.PF_R | elf.PF_W | elf.PF_X), Align: 0x1000,
	}
	var b bytes.Buffer
	for _, v := range []any{header, segment, p.code.Bytes()} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	b.Write(make([]byte, data32-b.Len()))
	b.Write(p.data.Bytes())
	b.Write(make([]byte, slot32-b.Len()))
	return b.Bytes()
}

// cwd32 is AT_FDCWD.
func cwd32() word { return word{value: math.MaxUint32 - 99} }

// read adds what reads a byte of a file that was opened.
func (p *program32) read(fd word) *program32 {
	p.call(read32, fd, imm(base32+size32-8), imm(1))
	return p
}
