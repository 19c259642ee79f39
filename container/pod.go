package container

import "strings"

const (
	// uuidLen is the length of a pod's uid, a UUID.
	uuidLen = 36
	// staticUIDLen is the length of the uid of a static pod: a hash of its
	// configuration, made by the kubelet before the API server knows the pod.
	staticUIDLen = 32
)

// podUID returns the uid of the pod a path component names: "pod<uid>" with
// the cgroupfs driver, "kubepods-besteffort-pod<uid>.slice" with systemd's,
// where underscores stand for the dashes of the uid.
func podUID(component string) (string, bool) {
	slice, _, _ := strings.Cut(component, ":")
	name, isSlice := strings.CutSuffix(slice, ".slice")
	i := strings.LastIndex(name, "pod")
	if i < 0 || isSlice && (i == 0 || name[i-1] != '-') || !isSlice && i != 0 {
		return "", false
	}
	uid := name[i+len("pod"):]
	if isSlice {
		uid = strings.ReplaceAll(uid, "_", "-")
	}
	if !isUID(uid) {
		return "", false
	}
	return strings.Clone(uid), true
}

func isUID(s string) bool {
	if len(s) == staticUIDLen {
		return isHex(s)
	}
	if len(s) != uuidLen {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i:i+1]) {
			return false
		}
	}
	return true
}
