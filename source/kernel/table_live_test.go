package kernel

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/process"
)

// forestMark is the first argument of the leaves that are looked at.
const forestMark = "leaf-of-the-forest"

// tree is a script that runs itself four deep, each level telling the next the
// PIDs of all above it, and at the bottom starts ten programs that are told them,
// too, and 35 that do nothing: 50 processes.
const tree = `
depth=$1
shift
if [ "$depth" -gt 1 ]; then
	/bin/sh "$0" $((depth - 1)) "$@" $$
	exit
fi
for i in 1 2 3 4 5 6 7 8 9 10; do
	/bin/true ` + forestMark + ` "$@" $$
	(:); (:); (:)
done
(:); (:); (:); (:); (:); (:)
`

// forest grows trees, one after the other.
const forest = `
n=$1
while [ "$n" -gt 0 ]; do
	/bin/sh "$2" 4
	n=$((n - 1))
done
`

// leaf is what a leaf was told of its ancestors, nearest first, and what the
// table knew of them.
type leaf struct {
	told, known []int32
	names       []string
}

// liveTable is a source that runs in this process, and what it saw of forests.
type liveTable struct {
	source *Source
	dir    string

	mu     sync.Mutex
	leaves []leaf
}

func startTable(t *testing.T, more ...event.Type) *liveTable {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: watches the running kernel")
	}
	var types event.TypeSet
	types.Add(event.Execve)
	for _, one := range more {
		types.Add(one)
	}
	l := &liveTable{dir: t.TempDir()}
	for name, text := range map[string]string{"tree": tree, "forest": forest} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l.source = startSource(t, types, l.handle)
	return l
}

func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(testLog{t}, nil))
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Logf("%s", strings.TrimSpace(string(b)))
	return len(b), nil
}

func (l *liveTable) handle(e *event.Event) {
	p := e.Process
	if e.Type != event.Execve || len(p.Args) == 0 || p.Args[0] != forestMark || e.Failed() {
		return
	}
	var one leaf
	for _, pid := range slices.Backward(p.Args[1:]) {
		n, _ := strconv.ParseInt(pid, 10, 32)
		one.told = append(one.told, int32(n))
	}
	for up := p.ParentAt(e.Clock); up != nil && len(one.known) < len(one.told); up = up.ParentAt(e.Clock) {
		one.known = append(one.known, up.PID)
		one.names = append(one.names, up.Name)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaves = append(l.leaves, one)
}

// grow runs forests of that many trees each, side by side.
func (l *liveTable) grow(t *testing.T, forests, trees int) {
	t.Helper()
	var group sync.WaitGroup
	for range forests {
		group.Go(func() {
			cmd := exec.Command("/bin/sh", filepath.Join(l.dir, "forest"), strconv.Itoa(trees), filepath.Join(l.dir, "tree"))
			cmd.Env = []string{"PATH=/bin:/usr/bin"}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("growing a forest: %v\n%s", err, out)
			}
		})
	}
	group.Wait()
}

// settle waits until the table has what /proc has, and returns the difference
// that is left after a while.
func (l *liveTable) settle(limit time.Duration) (difference string) {
	for deadline := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		difference = l.difference()
		if difference == "" || time.Now().After(deadline) {
			return difference
		}
	}
}

func (l *liveTable) difference() string {
	var lines []string
	known := map[process.Key]bool{}
	for _, key := range l.source.table.Living(nil) {
		known[key] = true
		if st, ok := ordinaryProc.readStat(key.PID()); (!ok || st.ended() || process.KeyOf(key.PID(), st.start) != key) && l.alive(key) {
			lines = append(lines, fmt.Sprintf("%d is in the table only", key.PID()))
		}
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return err.Error()
	}
	for _, entry := range entries {
		pid, err := strconv.ParseInt(entry.Name(), 10, 32)
		if err != nil {
			continue
		}
		if st, ok := ordinaryProc.readStat(int32(pid)); ok && !st.ended() && !known[process.KeyOf(int32(pid), st.start)] &&
			st.ppid != int32(os.Getpid()) { // children of the sensor are its own
			lines = append(lines, fmt.Sprintf("%d %s is in /proc only", pid, st.name))
		}
	}
	if len(lines) > 20 {
		lines = append(lines[:20], fmt.Sprintf("and %d more", len(lines)-20))
	}
	return strings.Join(lines, "\n")
}

// alive asks the table once more: the process may have ended under way.
func (l *liveTable) alive(key process.Key) bool {
	task := l.source.table.Find(key)
	return task != nil && task.ExitTime() == 0
}

// lost is how many changes of processes were lost.
func (l *liveTable) lost(t *testing.T) uint64 {
	t.Helper()
	stats, err := l.source.Stats()
	if err != nil {
		t.Fatal(err)
	}
	changes := stats.Rings[len(stats.Rings)-1]
	return changes.Lost + changes.Throttled
}

// memory is what is in use after a collection.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// mapEntries counts the entries of the kernel half's hash maps.
func (l *liveTable) mapEntries(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	maps := reflect.ValueOf(l.source.loaded.objects.gyrMaps)
	for i := range maps.NumField() {
		m, ok := maps.Field(i).Interface().(*ebpf.Map)
		if !ok {
			continue
		}
		switch m.Type() {
		case ebpf.Hash, ebpf.LRUHash, ebpf.PerCPUHash, ebpf.LRUCPUHash, ebpf.LPMTrie:
		default:
			continue
		}
		name := maps.Type().Field(i).Name
		counts[name] = 0
		key := make([]byte, m.KeySize())
		for next := any(nil); ; next = slices.Clone(key) {
			if m.NextKey(next, &key) != nil {
				break
			}
			counts[name]++
		}
	}
	return counts
}

// 50,000 processes come and go: memory and the kernel half's maps are as before,
// the table has what runs, and every process's ancestors were those it was told.
func TestLiveTable(t *testing.T) {
	l := startTable(t)
	const forests, trees = 2, 500
	l.grow(t, forests, 20) // what is made once is there
	if d := l.settle(10 * time.Second); d != "" {
		t.Fatalf("before:\n%s", d)
	}
	time.Sleep(2*time.Second + forgetAfter) // until those that ended are forgotten
	l.leaves = slices.Grow(l.leaves[:0], forests*trees*10)
	warm := runtime.NumGoroutine()
	before, entries, size := memory(), l.mapEntries(t), l.source.table.Len()
	started := time.Now()
	l.grow(t, forests, trees)
	took := time.Since(started)
	if d := l.settle(15 * time.Second); d != "" {
		t.Errorf("the table and /proc differ:\n%s", d)
	}
	time.Sleep(2*time.Second + forgetAfter) // until those that ended are forgotten

	stats, err := l.source.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if lost := l.lost(t); lost != 0 {
		t.Errorf("%d changes of processes were lost", lost)
	}
	if seen := stats.Families[event.FamilyProcess].Seen; seen < 2*50*forests*trees {
		t.Fatalf("%d changes of processes were seen, want two at least of each of %d", seen, 50*forests*trees)
	}
	l.checkLeaves(t, forests*trees*10)

	leaves := uint64(len(l.leaves)) * 200 // what this test keeps of them
	after := memory()
	if after > before+before/4+leaves+1<<20 {
		t.Errorf("%d bytes in use, were %d (and %d for this test)", after, before, leaves)
	}
	if n := l.source.table.Len(); n > size+50 {
		t.Errorf("%d processes in the table, were %d", n, size)
	}
	if n := runtime.NumGoroutine(); n > warm+2 {
		t.Errorf("%d goroutines, were %d", n, warm)
	}
	for name, n := range l.mapEntries(t) {
		if n > entries[name]+100 {
			t.Errorf("%d entries in map %s, were %d", n, name, entries[name])
		}
	}
	t.Logf("%d processes in %v; bytes in use %d before, %d after; processes in the table %d before, %d after; map entries %v",
		50*forests*trees, took.Round(time.Millisecond), before, after, size, l.source.table.Len(), l.mapEntries(t))
}

// checkLeaves compares what leaves were told with what the table knew.
func (l *liveTable) checkLeaves(t *testing.T, want int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.leaves) != want {
		t.Errorf("%d leaves were seen, want %d", len(l.leaves), want)
	}
	wrong := 0
	for _, one := range l.leaves {
		names := slices.Compact(slices.Clone(one.names))
		if len(one.told) == 4 && slices.Equal(one.told, one.known) && slices.Equal(names, []string{"sh"}) {
			continue
		}
		if wrong++; wrong <= 10 {
			t.Errorf("a leaf below %v has the ancestors %v %q", one.told, one.known, one.names)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d leaves have wrong ancestors", wrong, len(l.leaves))
	}
}

// While nobody reads the ring of process changes it overflows: what started,
// changed and ended meanwhile is known a little later, with its parents.
func TestLiveTableAfterLoss(t *testing.T) {
	l := startTable(t)
	if d := l.settle(10 * time.Second); d != "" {
		t.Fatalf("before:\n%s", d)
	}
	// One that is known runs another program while nobody looks, and one ends.
	changing := l.run(t, `read x; exec sleep 61`)
	ending := l.run(t, `read x`)
	for _, cmd := range []*job{changing, ending} {
		l.await(t, cmd.pid(), "sh")
	}
	l.source.lifecycle.mu.Lock()
	for round := 0; l.lost(t) == 0 && round < 100; round++ {
		l.grow(t, 2, 20)
	}
	full := l.lost(t)
	var born []*job
	if full > 0 {
		changing.in.Close()
		ending.in.Close()
		for range 5 {
			born = append(born, l.run(t, `sleep 62; :`))
		}
		l.grow(t, 2, 5)
	}
	l.source.lifecycle.mu.Unlock()
	if full == 0 {
		t.Fatal("nothing was lost while nobody read")
	}
	if d := l.settle(15 * time.Second); d != "" {
		t.Errorf("the table and /proc differ:\n%s", d)
	}
	l.await(t, changing.pid(), "sleep")
	for _, cmd := range born {
		up := l.await(t, cmd.pid(), "sh")
		if next := up.ParentAt(sinceBoot()); next == nil || next.PID != int32(os.Getpid()) {
			t.Errorf("the parent of %d is %+v, want this test", up.PID, next)
		}
	}
	for _, key := range l.source.table.Living(nil) {
		task := l.source.table.Find(key)
		if st, ok := ordinaryProc.readStat(key.PID()); task == nil || !ok || st.ppid == 0 || st.ended() {
			continue
		}
		if p := task.Current(); p.ParentAt(sinceBoot()) == nil || p.Incomplete {
			t.Errorf("%d %s: parent %+v, incomplete %v", p.PID, p.Name, p.ParentAt(sinceBoot()), p.Incomplete)
		}
	}
	t.Logf("%d changes were lost", l.lost(t))
}

// job is a shell that this test started.
type job struct {
	*exec.Cmd
	in interface{ Close() error }
}

func (j *job) pid() int32 { return int32(j.Process.Pid) }

// run starts a shell that reads from a pipe.
func (l *liveTable) run(t *testing.T, script string) *job {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with its children
		_ = cmd.Wait()
	})
	return &job{cmd, in}
}

// await waits until the table has the process under that name.
func (l *liveTable) await(t *testing.T, pid int32, name string) *event.Process {
	t.Helper()
	var p *event.Process
	for range 100 {
		if p = l.source.table.At(pid, sinceBoot()); p != nil && p.Name == name {
			return p
		}
		time.Sleep(100 * time.Millisecond)
	}
	if p == nil {
		t.Fatalf("%d is not known, want %s", pid, name)
	}
	t.Fatalf("%d is known as %s (%s), want %s", pid, p.Name, p.Cmdline, name)
	return nil
}
