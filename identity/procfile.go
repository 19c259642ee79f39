package identity

import (
	"os"
	"strconv"
	"strings"
)

// readSmall reads a file of /proc that is known to be short.
func readSmall(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var buf [1024]byte
	n, err := f.Read(buf[:])
	return string(buf[:n]), err
}

// parseFDInfo finds the mount and the inode in what /proc says of a descriptor.
// ino is 0 where it does not say, as before Linux 5.14.
func parseFDInfo(text string) (mount int, ino uint64, ok bool) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		var err error
		switch name {
		case "mnt_id":
			mount, err = strconv.Atoi(value)
			ok = err == nil
		case "ino":
			if ino, err = strconv.ParseUint(value, 10, 64); err != nil {
				ino = 0
			}
		}
	}
	return mount, ino, ok
}

// parseMounts finds the device of each mount in the text of a mountinfo file.
func parseMounts(text string) map[int]uint32 {
	devices := map[int]uint32{}
	for line := range strings.Lines(text) {
		id, rest, _ := strings.Cut(line, " ")
		_, rest, _ = strings.Cut(rest, " ")
		device, _, _ := strings.Cut(rest, " ")
		major, minor, _ := strings.Cut(device, ":")
		mount, err := strconv.Atoi(id)
		if err != nil {
			continue
		}
		a, errA := strconv.ParseUint(major, 10, 12)
		b, errB := strconv.ParseUint(minor, 10, 20)
		if errA == nil && errB == nil {
			devices[mount] = encode(uint32(a), uint32(b))
		}
	}
	return devices
}
