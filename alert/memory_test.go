package alert

import "unsafe"

// unsafeString is memory as a string, the way sources hand strings out.
func unsafeString(b []byte) string { return unsafe.String(&b[0], len(b)) }
