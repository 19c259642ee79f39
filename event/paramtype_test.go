package event

import "testing"

func TestParamTypes(t *testing.T) {
	type kind struct{ text, signed, flags, enum bool }
	want := map[string]kind{
		"INT64": {signed: true}, "INT32": {signed: true}, "INT16": {signed: true}, "FD": {signed: true}, "PID": {signed: true}, "ERRNO": {signed: true},
		"UINT64": {}, "UINT32": {}, "UINT16": {}, "UINT8": {}, "UID": {}, "GID": {}, "MODE": {}, "ABSTIME": {}, "RELTIME": {},
		"SIGTYPE": {}, "SIGSET": {}, "SYSCALLID": {},
		"FLAGS32": {flags: true}, "FLAGS16": {flags: true}, "FLAGS8": {flags: true},
		"ENUMFLAGS32": {enum: true}, "ENUMFLAGS16": {enum: true}, "ENUMFLAGS8": {enum: true},
		"CHARBUF": {text: true}, "BYTEBUF": {text: true}, "FSPATH": {text: true}, "FSRELPATH": {text: true},
		"SOCKADDR": {text: true}, "SOCKTUPLE": {text: true}, "FDLIST": {text: true}, "DYNAMIC": {text: true},
	}
	if len(want) != int(paramTypes) {
		t.Errorf("%d types, want %d", paramTypes, len(want))
	}
	for typ := ParamType(0); typ < paramTypes; typ++ {
		w, ok := want[typ.String()]
		if got := (kind{typ.IsText(), typ.IsSigned(), typ.IsFlags(), typ.IsEnum()}); !ok || got != w {
			t.Errorf("%q is %+v, want %+v (%v)", typ, got, w, ok)
		}
	}
}
