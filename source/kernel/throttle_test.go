package kernel

import "testing"

func TestThrottlePrices(t *testing.T) {
	for _, tt := range []struct {
		rate int
		want uint32 // ns
	}{
		{0, 1_000_000_000 / DefaultProcessRate}, {1, 1_000_000_000}, {1000, 1_000_000}, {1_000_000_000, 1},
	} {
		if got := price(tt.rate, DefaultProcessRate); got != tt.want {
			t.Errorf("price at %d events a second: %d ns, want %d", tt.rate, got, tt.want)
		}
	}
	const preset1, preset4, preset10 = 1 << 20, 8 << 20, 512 << 20
	for _, tt := range []struct {
		ring  int
		price uint32
		want  uint32
	}{
		// An eighth of 8 MiB is 4096 events of 256 bytes.
		{preset4, 100, 4096 * 100}, {preset1, 100, 512 * 100},
		{preset10, 30_000, 1_000_000_000}, // bounded, and fits its 32 bits
		{preset4, 1_000_000_000, 1_000_000_000},
	} {
		if got := burstTime(tt.ring, tt.price); got != tt.want {
			t.Errorf("burst in %d bytes at %d ns: %d ns, want %d", tt.ring, tt.price, got, tt.want)
		}
	}
	for _, tt := range []struct{ ring, cpus, want int }{
		{preset4, 2, 32 << 10}, {preset1, 2, 32 << 10}, {preset1, 4, 16 << 10}, {preset4, 128, 4 << 10}, {preset1, 1 << 20, 1},
	} {
		if got := fillCheck(tt.ring, tt.cpus); int(got) != tt.want || tt.want > 1 && int(got)*tt.cpus > tt.ring/16 {
			t.Errorf("with %d CPUs each asks a ring of %d bytes after %d, want %d", tt.cpus, tt.ring, got, tt.want)
		}
	}
}
