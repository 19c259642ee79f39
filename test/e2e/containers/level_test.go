package containers

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"github.com/gyrsec/gyr/test/e2e/runtimes"
)

// level is what a running gyr has of what could run out.
type level struct {
	resident    uint64 // bytes in RAM
	heap        uint64 // bytes that were in use after the last collection
	goroutines  int
	descriptors int
	entries     map[string]int // in the kernel's hash tables, by the table's name

	containers, processes         int // that gyr knows
	realContainers, realProcesses int // that there are
}

func (l level) String() string {
	return fmt.Sprintf("%.1f MB in RAM, %.1f MB heap, %d goroutines, %d descriptors, %d containers of %d, %d processes of %d, map entries %v",
		float64(l.resident)/1e6, float64(l.heap)/1e6, l.goroutines, l.descriptors, l.containers, l.realContainers, l.processes, l.realProcesses, l.entries)
}

// level measures gyr.
func (g *gyr) level(t *testing.T) level {
	t.Helper()
	m := g.metrics(t)
	l := level{
		// A collection is due when the heap has doubled since the last.
		heap:       uint64(m.get(t, "go_memstats_next_gc_bytes") / 2),
		goroutines: int(m.get(t, "go_goroutines")),
		containers: int(m.get(t, "gyr_containers")),
		processes:  int(m.get(t, "gyr_processes")),
		entries:    map[string]int{},

		realContainers: containerGroups(t),
	}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	l.realProcesses = len(processes)
	proc := fmt.Sprintf("/proc/%d/", g.cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			l.resident = kb << 10
		}
	}
	descriptors, err := filepath.Glob(proc + "fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	l.descriptors = len(descriptors)
	for _, file := range descriptors {
		name, n, err := entries(file)
		if err != nil {
			t.Fatalf("counting the entries of the eBPF map at %s: %v", file, err)
		}
		if name != "" {
			l.entries[name] += n
		}
	}
	return l
}

// entries counts what is in the eBPF map at a descriptor; the name is empty
// where it is none, or one whose size is fixed.
func entries(fdinfo string) (name string, n int, err error) {
	text, err := os.ReadFile(fdinfo)
	if err != nil {
		return "", 0, nil // closed since
	}
	_, rest, ok := strings.Cut(string(text), "map_id:")
	if !ok {
		return "", 0, nil
	}
	number, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	id, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return "", 0, err
	}
	m, err := ebpf.NewMapFromID(ebpf.MapID(id))
	if err != nil {
		return "", 0, err
	}
	defer m.Close()
	switch m.Type() {
	case ebpf.Hash, ebpf.PerCPUHash: // others replace what was used longest ago
	default:
		return "", 0, nil
	}
	info, err := m.Info()
	if err != nil {
		return "", 0, err
	}
	var key any // none at first
	for {
		next, err := m.NextKeyBytes(key)
		if err != nil || next == nil {
			return info.Name, n, err
		}
		if n++; uint32(n) > 2*info.MaxEntries {
			return info.Name, n, errors.New("they change faster than they can be counted")
		}
		key = next
	}
}

// samples are the values of metrics, by name; those of all labels together.
type samples map[string]float64

func (s samples) get(t *testing.T, name string) float64 {
	t.Helper()
	v, ok := s[name]
	if !ok {
		t.Fatalf("gyr has no metric %s", name)
	}
	return v
}

// metrics reads gyr's /metrics.
func (g *gyr) metrics(t *testing.T) samples {
	t.Helper()
	c := http.Client{Timeout: limit}
	answer, err := c.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", g.port))
	if err != nil {
		t.Fatalf("reading gyr's metrics: %v\n%s", err, g.messages())
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("reading gyr's metrics: %s", answer.Status)
	}
	all := samples{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if ok && strings.Contains(name, "{") {
			// A label's value may have spaces.
			i := strings.LastIndexByte(lines.Text(), ' ')
			name, value = lines.Text()[:i], lines.Text()[i+1:]
			name, _, _ = strings.Cut(name, "{")
		}
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			all[name] += v
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("reading gyr's metrics: %v", err)
	}
	return all
}

// forgetful is how long gyr may know a container that is gone: events of it may be
// on their way.
const forgetful = time.Minute

// settled waits until gyr's level is as wanted, and returns it; or fails the
// test.
func (g *gyr) settled(t *testing.T, wanted func(level) error) level {
	t.Helper()
	for deadline := time.Now().Add(forgetful + limit); ; time.Sleep(time.Second) {
		l := g.level(t)
		err := wanted(l)
		if err == nil {
			return l
		}
		if time.Now().After(deadline) {
			t.Errorf("gyr does not come to rest: %v", err)
			return l
		}
	}
}

// forgot is an error where gyr has not forgotten what is gone. What ended within
// the last moments is still known, and there may be other containers and
// processes on the machine than the test's; but of the test's there were more.
func (l level) forgot() error {
	const containers, processes = 20, 200
	var all []error
	if l.containers > l.realContainers+containers {
		all = append(all, fmt.Errorf("it knows %d containers, and there are %d", l.containers, l.realContainers))
	}
	if l.processes > l.realProcesses+processes {
		all = append(all, fmt.Errorf("it knows %d processes, and there are %d", l.processes, l.realProcesses))
	}
	return errors.Join(all...)
}

// within is an error where there is more than before, but for what comes and
// goes.
func (l level) within(before level) error {
	var all []error
	for _, c := range []struct {
		what    string
		was, is int
		play    int
	}{
		{"bytes in RAM", int(before.resident), int(l.resident), int(before.resident)/8 + 4<<20},
		{"bytes of heap", int(before.heap), int(l.heap), int(before.heap)/4 + 2<<20},
		{"goroutines", before.goroutines, l.goroutines, 8},
		{"file descriptors", before.descriptors, l.descriptors, 8},
	} {
		if c.is > c.was+c.play {
			all = append(all, fmt.Errorf("%s grew from %d to %d", c.what, c.was, c.is))
		}
	}
	for name, n := range l.entries {
		if was := before.entries[name]; n > was+50 {
			all = append(all, fmt.Errorf("the eBPF map %s grew from %d to %d entries", name, was, n))
		}
	}
	return errors.Join(all...)
}

// containerGroup is the name of a container's control group, under any runtime.
var containerGroup = regexp.MustCompile(`^([a-z-]+-)?[0-9a-f]{64}(\.scope)?$`)

// containerGroups counts the containers of the machine.
func containerGroups(t *testing.T) int {
	t.Helper()
	ids := map[string]bool{}
	for _, h := range runtimes.Hierarchies() {
		err := filepath.WalkDir(h, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed just now
			}
			if err == nil && d.IsDir() && containerGroup.MatchString(d.Name()) {
				ids[d.Name()] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return len(ids)
}
