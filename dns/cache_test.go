package dns

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	addr1 = netip.MustParseAddr("192.0.2.1")
	addr2 = netip.MustParseAddr("2001:db8::2")
)

const minute = int64(time.Minute)

func (c *Cache) names(container string, addr netip.Addr, at int64) string {
	return strings.Join(c.appendNames(nil, 0, container, addr, at), " ")
}

func TestCacheTimes(t *testing.T) {
	const now = 1000 * minute
	tests := []struct {
		name string
		ttl  time.Duration
		uses []time.Duration // after the answer
		// last is when the name is still there, at the latest.
		last time.Duration
	}{
		{"as long as the answer says, and an hour", time.Minute, nil, 61 * time.Minute},
		{"at least 30 s", 0, nil, time.Hour + 30*time.Second},
		{"a day at most", 1000 * time.Hour, nil, 25 * time.Hour},
		{"longer where used", time.Minute, []time.Duration{55 * time.Minute}, 115 * time.Minute},
		{"not revived by use", time.Minute, []time.Duration{61 * time.Minute, 62 * time.Minute}, 61 * time.Minute},
		{"not for ever", time.Minute, every(30*time.Minute, 60), 24*time.Hour + time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, want := range []string{"a", ""} {
				c := NewCache(DefaultLimits)
				c.store("", []string{"a"}, []netip.Addr{addr1}, tt.ttl, now, nil)
				at := now + int64(tt.last)
				if want != "" {
					at--
				}
				for _, use := range tt.uses {
					if u := now + int64(use); u < at {
						c.names("", addr1, u)
					}
				}
				if got := c.names("", addr1, at); got != want {
					t.Errorf("%v after the answer the name is %q, want %q", time.Duration(at-now), got, want)
				}
			}
		})
	}
}

func every(d time.Duration, n int) []time.Duration {
	var list []time.Duration
	for i := range n {
		list = append(list, time.Duration(i+1)*d)
	}
	return list
}

// A name that is used keeps no other of the same address.
func TestUseIsOfAName(t *testing.T) {
	c := NewCache(DefaultLimits)
	c.store("", []string{"old"}, []netip.Addr{addr1}, time.Minute, 0, nil)
	c.store("", []string{"new"}, []netip.Addr{addr1}, 10*time.Hour, 30*minute, nil)
	for _, at := range []int64{100 * minute, 101 * minute, 102 * minute} {
		if got := c.names("", addr1, at); got != "new" {
			t.Errorf("names %q", got)
		}
	}
}

func TestCacheNames(t *testing.T) {
	c := NewCache(DefaultLimits)
	store := func(container string, at int64, addr netip.Addr, names ...string) {
		c.store(container, names, []netip.Addr{addr}, time.Minute, at, nil)
	}
	store("", 0, addr1, "a", "alias")
	store("", minute, addr1, "b", "alias")
	store("", minute, addr2, "a")
	store("c1", minute, addr1, "inner")
	for _, tt := range []struct {
		container string
		addr      netip.Addr
		want      string
	}{
		{"", addr1, "b alias a"}, {"", addr2, "a"}, {"c1", addr1, "inner"}, {"c1", addr2, ""}, {"c2", addr1, ""},
	} {
		if got := c.names(tt.container, tt.addr, 2*minute); got != tt.want {
			t.Errorf("%v in %q: %q, want %q", tt.addr, tt.container, got, tt.want)
		}
	}
	// The same answer again changes nothing but the time.
	before := c.Stats()
	store("", 60*minute, addr1, "b", "alias")
	if diff := cmp.Diff(before, c.Stats()); diff != "" {
		t.Error(diff)
	}
	if got := c.names("", addr1, 100*minute); got != "b alias" {
		t.Errorf("names %q", got)
	}
	if got := c.appendNames([]string{"b", "alias"}, 1, "", addr1, 100*minute); !cmp.Equal(got, []string{"b", "alias", "b"}) {
		t.Errorf("names %q", got)
	}
}

func TestNamesOfAnAddressAreBounded(t *testing.T) {
	c := NewCache(Limits{Bytes: 1 << 20, ContainerBytes: 1 << 20, Names: 4})
	keep := func(name string) bool { return name == "wanted" }
	c.store("", []string{"wanted", "not"}, []netip.Addr{addr1}, time.Hour, 0, keep)
	for i := range 100 {
		c.store("", []string{fmt.Sprint("n", i)}, []netip.Addr{addr1}, time.Hour, 0, keep)
	}
	if got := c.names("", addr1, 1); got != "n99 n98 n97 wanted" {
		t.Errorf("names %q", got)
	}
	c.store("", []string{"1", "2", "3", "4", "5", "6"}, []netip.Addr{addr1}, time.Hour, 0, func(string) bool { return true })
	if got := c.names("", addr1, 1); got != "1 2 3 4" {
		t.Errorf("names %q", got)
	}
}

// What is over takes up no room.
func TestExpiredNamesGo(t *testing.T) {
	c, fresh := NewCache(DefaultLimits), NewCache(DefaultLimits)
	c.store("", []string{"old"}, []netip.Addr{addr1}, time.Minute, 0, func(string) bool { return true })
	for _, c := range []*Cache{c, fresh} {
		c.store("", []string{"new"}, []netip.Addr{addr1}, time.Minute, 100*minute, func(string) bool { return true })
	}
	if diff := cmp.Diff(fresh.Stats(), c.Stats()); diff != "" {
		t.Errorf("(-without an expired name +with one):\n%s", diff)
	}
}

// An address that is learnt again and again is not the first to go, and a
// container that has little does not pay for one that has much.
func TestWhoIsEvicted(t *testing.T) {
	const hosts = 20
	size := hostCost + nameCost + 1
	c := NewCache(Limits{Bytes: hosts * size, ContainerBytes: hosts * size, Names: 1})
	store := func(container string, i int) {
		c.store(container, []string{"x"}, []netip.Addr{address(i)}, time.Hour, 0, nil)
	}
	for i := range 100 {
		store("loud", 0)
		store("loud", 1+i)
	}
	if c.names("loud", address(0), 1) == "" || c.names("loud", address(1), 1) != "" {
		t.Error("an address learnt often is gone, or one learnt once is there")
	}
	for i := range hosts / 2 {
		store("quiet", i)
	}
	for i := range hosts / 2 {
		if c.names("quiet", address(i), 1) == "" {
			t.Errorf("the quiet container's address %d is gone", i)
		}
	}
	if s := c.Stats(); s.Addresses != hosts {
		t.Errorf("%+v, want %d addresses", s, hosts)
	}
}

// A container's flood leaves it the names that are to be kept, but for so many of
// those that there is nothing else.
func TestNamesToKeepStay(t *testing.T) {
	size := hostCost + nameCost + 4
	keep := func(name string) bool { return name == "keep" }
	c := NewCache(Limits{Bytes: 100 * size, ContainerBytes: 100 * size, Names: 1})
	c.store("", []string{"keep"}, []netip.Addr{addr1, addr2}, time.Hour, 0, keep)
	for i := range 10000 {
		c.store("", []string{"junk"}, []netip.Addr{address(i)}, time.Hour, 0, keep)
	}
	if c.names("", addr1, 1) == "" || c.names("", addr2, 1) == "" {
		t.Error("a name to keep is gone")
	}
	if s := c.Stats(); s.Addresses != 100 {
		t.Errorf("%+v", s)
	}
	// Their time comes, too.
	const later = 3 * 60 * minute
	for i := range 10000 {
		c.store("", []string{"junk"}, []netip.Addr{address(i)}, time.Hour, later, keep)
	}
	if c.hosts[hostKey{"", addr1}] != nil {
		t.Error("a name whose time is over is kept")
	}
	for i := range 10000 {
		c.store("", []string{"keep"}, []netip.Addr{address(i)}, time.Hour, later, keep)
	}
	if s := c.Stats(); s.Addresses != 100 || c.names("", address(9999), later) != "keep" {
		t.Errorf("%+v", s)
	}
}

func address(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
}

func TestFloodIsBounded(t *testing.T) {
	const limit, own = 1 << 20, 1 << 18
	c := NewCache(Limits{Bytes: limit, ContainerBytes: own, Names: 8})
	c.store("quiet", []string{"quiet.example"}, []netip.Addr{addr1}, time.Hour, 0, nil)
	// One container floods, then a thousand do.
	for i := range 20000 {
		c.store("loud", []string{fmt.Sprintf("%d.%s.example", i, long)}, []netip.Addr{address(i)}, time.Hour, int64(i), nil)
	}
	s := c.Stats()
	if s.Bytes > own+1000 || s.Bytes < own*9/10 || s.Evicted == 0 || c.names("quiet", addr1, 1) == "" {
		t.Errorf("after one container's flood: %+v", s)
	}
	if c.names("loud", address(0), 20000) != "" || c.names("loud", address(19999), 20000) == "" {
		t.Error("not the oldest names were forgotten")
	}
	for i := range 20000 {
		c.store(fmt.Sprint("loud", i%1000), []string{fmt.Sprintf("%d.%s.example", i, long)}, []netip.Addr{address(i)}, time.Hour, int64(i), nil)
	}
	if s = c.Stats(); s.Bytes > limit || s.Bytes < limit*9/10 || c.names("quiet", addr1, 1) == "" {
		t.Errorf("after a thousand containers' flood: %+v", s)
	}
	// Containers come and go.
	for i := range 100000 {
		c.store(fmt.Sprint("short", i), []string{"x"}, []netip.Addr{addr2}, time.Hour, int64(i), nil)
	}
	if s = c.Stats(); s.Bytes > limit {
		t.Errorf("after many containers: %+v", s)
	}
	count, bytes := 0, 0
	for _, in := range c.containers {
		count += in.hosts.Len()
		bytes += in.bytes
		if in.hosts.Len() == 0 {
			t.Error("a container is left that has no names")
		}
	}
	if count != s.Addresses || bytes != s.Bytes {
		t.Errorf("the containers have %d addresses and %d bytes: %+v", count, bytes, s)
	}
}

func TestLookUpDoesNotAllocate(t *testing.T) {
	c := NewCache(DefaultLimits)
	c.store("c", []string{"a", "b"}, []netip.Addr{addr1}, time.Hour, 0, nil)
	dst := make([]string, 0, 4)
	if n := testing.AllocsPerRun(100, func() { dst = c.appendNames(dst[:0], 0, "c", addr1, 5) }); n != 0 || len(dst) != 2 {
		t.Errorf("%v allocations, names %q", n, dst)
	}
}

func TestCacheInUseByMany(t *testing.T) {
	c := NewCache(Limits{Bytes: 1 << 14, ContainerBytes: 1 << 13, Names: 4})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				c.store(fmt.Sprint("c", g%3), []string{fmt.Sprint("n", i%7)}, []netip.Addr{address(i % 50)}, time.Minute, int64(i), nil)
				for _, name := range c.appendNames(nil, 0, "c1", address(i%50), int64(i)) {
					if !strings.HasPrefix(name, "n") {
						t.Errorf("name %q", name)
					}
				}
				c.knows("c2", address(i%50), "n1", 0)
			}
		})
	}
	wg.Wait()
	if s := c.Stats(); s.Bytes > 1<<14+1000 {
		t.Errorf("%+v", s)
	}
}
