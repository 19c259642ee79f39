package kernel

import (
	"encoding/binary"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// wholes are the event types with values that mean something only together, or
// whose type each event tells itself. They find Event.Args filled.
func wholes() map[string]func(*event.Event) {
	return map[string]func(*event.Event){
		"setsockopt": settleSockopt,
		"getsockopt": settleSockopt,
		"ptrace":     settlePtrace,
		"prctl":      settlePrctl,
		"keyctl":     settleKeyctl,
		"quotactl":   settleQuota,
		"fsconfig":   settleFSConfig,
	}
}

// Falco's numbers of options a value's form depends on, and of the level they
// belong to.
const (
	falcoSocketLevel = 1

	falcoError       = 4
	falcoLinger      = 13
	falcoPeerCred    = 17
	falcoRcvTimeout  = 20
	falcoSndTimeout  = 21
	falcoBindDevice  = 25
	falcoAttach      = 26
	falcoPeerName    = 28
	falcoPeerSec     = 31
	falcoIncomingCPU = 49
	falcoCookie      = 53
)

// settleSockopt names options of sockets only, and writes a value that is a
// number as one. A value too short for what it should be is not known.
func settleSockopt(e *event.Event) {
	const level, option, value = 2, 3, 4
	if e.Args[level].Num != falcoSocketLevel {
		e.Args[option].Num = 0 // another level's, not known
		return
	}
	data := e.Args[value].Str
	switch opt := e.Args[option].Num; {
	case opt == 0, opt == falcoLinger, opt == falcoPeerCred, opt == falcoAttach, opt == falcoPeerName:
	case opt == falcoBindDevice, opt == falcoPeerSec: // Falco prints the first bytes as a number
		e.Args[value].Str = strings.TrimRight(data, "\x00")
	case opt == falcoError && len(data) >= 4:
		setDecimal(e, value, -int64(int32(uint32At(data))))
	case opt == falcoRcvTimeout && len(data) >= 16, opt == falcoSndTimeout && len(data) >= 16:
		setDecimal(e, value, int64(uint64At(data)*1e9+uint64At(data[8:])*1e3))
	case opt == falcoCookie && len(data) >= 8:
		e.Args[value].Str = e.Text(func(dst []byte) []byte { return strconv.AppendUint(dst, uint64At(data), 10) })
	case opt == falcoError, opt == falcoRcvTimeout, opt == falcoSndTimeout, opt == falcoCookie:
		e.Missing |= 1 << value
	case opt > falcoIncomingCPU: // structs
	case len(data) < 4:
		e.Missing |= 1 << value
	default:
		setDecimal(e, value, int64(uint32At(data)))
	}
}

func uint32At(data string) uint32 { return binary.NativeEndian.Uint32([]byte(data[:4])) }
func uint64At(data string) uint64 { return binary.NativeEndian.Uint64([]byte(data[:8])) }

func setDecimal(e *event.Event, i int, v int64) {
	e.Args[i].Str = e.Text(func(dst []byte) []byte { return strconv.AppendInt(dst, v, 10) })
}

// settlePtrace writes address and data as Falco does: in hexadecimal, but for
// the data of requests to go on, which is a signal. Of a call that failed they
// are 0.
func settlePtrace(e *event.Event) {
	const addr, data, request = 1, 2, 3
	if e.Failed() {
		e.Args[addr].Num, e.Args[data].Num = 0, 0
	}
	setHex(e, addr)
	switch e.Args[request].Num {
	case 8, 10, 12, 13: // Falco's CONT, SINGLESTEP, DETACH, SYSCALL
		if !e.Failed() {
			setDecimal(e, data, int64(uint8(e.Args[data].Num)))
			return
		}
	}
	setHex(e, data)
}

func setHex(e *event.Event, i int) {
	const digits = "0123456789ABCDEF"
	v := e.Args[i].Num
	e.Args[i].Str = e.Text(func(dst []byte) []byte {
		start := false
		for shift := 60; shift >= 0; shift -= 4 {
			if d := v >> shift & 15; d != 0 || start || shift == 0 {
				dst, start = append(dst, digits[d]), true
			}
		}
		return dst
	})
}

// settlePrctl: of the second argument's two forms one is known, by the option.
func settlePrctl(e *event.Event) {
	const option, text, number = 1, 2, 3
	switch e.Args[option].Num {
	case unix.PR_SET_NAME, unix.PR_GET_NAME:
		e.Missing |= 1 << number
	case unix.PR_GET_CHILD_SUBREAPER: // points to it
		e.Missing |= 1<<text | 1<<number
	default:
		e.Missing |= 1 << text
	}
}

// keyctlArguments says how many arguments each operation has behind its
// number; in the registers behind them is what the program left there.
var keyctlArguments = [...]uint8{2, 1, 3, 1, 3, 2, 3, 1, 2, 2, 4, 3, 4, 3, 1, 2, 1, 3, 0, 4, 4, 1, 2, 4, 3, 4, 4, 4, 4, 3, 4, 2, 3}

// keyctlTexts are the arguments of an operation that point to text, which is not
// read: bit 2 stands for arg2.
func keyctlTexts(operation uint64) uint16 {
	switch operation {
	case unix.KEYCTL_JOIN_SESSION_KEYRING:
		return 1 << 2
	case unix.KEYCTL_SEARCH, unix.KEYCTL_RESTRICT_KEYRING:
		return 1<<3 | 1<<4
	case unix.KEYCTL_PKEY_QUERY:
		return 1 << 4
	case unix.KEYCTL_PKEY_ENCRYPT, unix.KEYCTL_PKEY_DECRYPT, unix.KEYCTL_PKEY_SIGN, unix.KEYCTL_PKEY_VERIFY:
		return 1 << 3
	}
	return 0
}

// settleKeyctl writes the arguments as the numbers they are, as Falco does 0 for
// those an operation has not.
func settleKeyctl(e *event.Event) {
	const operation, first, last = 1, 2, 5
	op, count := e.Args[operation].Num, 0
	if op < uint64(len(keyctlArguments)) {
		count = int(keyctlArguments[op])
	}
	for i := first; i <= last; i++ {
		v := int64(0)
		if i-first < count {
			v = int64(e.Args[i].Num)
		}
		setDecimal(e, i, v)
	}
	e.Missing |= keyctlTexts(op)
}

// settleQuota: the id is a user's or group's for the commands about one, a
// format for that which turns quotas on, and nothing for the others.
func settleQuota(e *event.Event) {
	const quotaOn, getQuota, setQuota, xGetQuota, xSetLimits = 1 << 0, 1 << 5, 1 << 6, 1 << 10, 1 << 11
	switch e.Args[event.QuotaCommand].Num {
	case getQuota, setQuota, xGetQuota, xSetLimits:
		e.Args[event.QuotaFormat].Num = quotaFormatNone
	case quotaOn:
		e.Args[event.QuotaID].Num = 0
	default:
		e.Args[event.QuotaID].Num, e.Args[event.QuotaFormat].Num = 0, quotaFormatNone
	}
}

// settleFSConfig: the command says which of its two forms the value has, if it
// has one.
func settleFSConfig(e *event.Event) {
	const command, bytes, text = 2, 4, 5
	switch e.Args[command].Num {
	case unix.FSCONFIG_SET_BINARY:
		e.Missing |= 1 << text
	case unix.FSCONFIG_SET_STRING, unix.FSCONFIG_SET_PATH, unix.FSCONFIG_SET_PATH_EMPTY:
		e.Missing |= 1 << bytes
	default:
		e.Missing |= 1<<bytes | 1<<text
	}
}
