package identity

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestParseFDInfo(t *testing.T) {
	tests := []struct {
		text  string
		mount int
		ino   uint64
		ok    bool
	}{
		{"pos:\t0\nflags:\t012400000\nmnt_id:\t28\nino:\t263021\n", 28, 263021, true},
		{"pos:\t0\nflags:\t010000000\nmnt_id:\t4\n", 4, 0, true}, // before Linux 5.14
		{"pos:\t0\nino:\t1\n", 0, 1, false},
		{"mnt_id:\tx\nino:\ty\n", 0, 0, false},
		{"mnt_id:\t2\nino:\t18446744073709551615\n", 2, 1<<64 - 1, true},
		{"", 0, 0, false},
		{"mnt_id", 0, 0, false},
	}
	for _, tt := range tests {
		mount, ino, ok := parseFDInfo(tt.text)
		if mount != tt.mount || ino != tt.ino || ok != tt.ok {
			t.Errorf("%q: %d, %d, %v; want %d, %d, %v", tt.text, mount, ino, ok, tt.mount, tt.ino, tt.ok)
		}
	}
}

func TestParseMounts(t *testing.T) {
	text := "22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw,discard\n" +
		"23 22 0:21 / /proc rw - proc proc rw\n" +
		"700 22 0:1300 / /var/lib/x\\040y rw - overlay overlay rw,lowerdir=/a\n" +
		"bad\n7 x y\n8 1 9:z / / -\n9 1 5000:1 / / -\n"
	want := map[int]uint32{22: 259<<8 | 2, 23: 21, 700: 1300&0xff | (1300&^0xff)<<12}
	if diff := cmp.Diff(want, parseMounts(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A device number looks like the one a file's status has.
func TestEncode(t *testing.T) {
	for _, d := range [][2]uint32{{0, 21}, {8, 1}, {259, 2}, {0, 1300}, {4095, 1<<20 - 1}} {
		if got, want := uint64(encode(d[0], d[1])), unix.Mkdev(d[0], d[1]); got != want {
			t.Errorf("%v: %#x, want %#x", d, got, want)
		}
	}
}

func FuzzProcFiles(f *testing.F) {
	f.Add("pos:\t0\nflags:\t012400000\nmnt_id:\t28\nino:\t263021\n")
	f.Add("22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw,discard\n")
	f.Fuzz(func(t *testing.T, text string) {
		if mount, _, ok := parseFDInfo(text); !ok && mount != 0 {
			t.Errorf("mount %d of none", mount)
		}
		for mount, dev := range parseMounts(text) {
			if uint64(dev) != unix.Mkdev(unix.Major(uint64(dev)), unix.Minor(uint64(dev))) {
				t.Errorf("mount %d has no device: %#x", mount, dev)
			}
		}
	})
}
