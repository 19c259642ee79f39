package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary be its own worker, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerCommand {
		if err := work(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestStatistics(t *testing.T) {
	tests := []struct {
		values        []float64
		p             float64
		want, median_ float64
	}{
		{[]float64{3, 1, 2}, 100, 3, 2},
		{[]float64{4, 1, 2, 3}, 0, 1, 2.5},
		{[]float64{7}, 99, 7, 7},
		{[]float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 99, 99, 50},
	}
	for _, tt := range tests {
		if got := percentile(tt.values, tt.p); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("percentile(%v, %v) = %v, want %v", tt.values, tt.p, got, tt.want)
		}
		if got := median(tt.values); got != tt.median_ {
			t.Errorf("median(%v) = %v, want %v", tt.values, got, tt.median_)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v", got)
	}
	values := []float64{2, 1}
	median(values)
	if values[0] != 2 {
		t.Error("median changed the order of its argument")
	}
	if got := spread([]float64{1, 2, 1.5}); got != 1/1.5 {
		t.Errorf("spread = %v, want %v", got, 1/1.5)
	}
	if d := cmp.Diff([]float64{2, 1.5}, ratios([]float64{2, 3}, []float64{1, 2})); d != "" {
		t.Errorf("ratios (-want +got):\n%s", d)
	}
}

func TestLastCounters(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  counters
	}{
		{"plain", []string{"gyr: watching 30 rules", "gyr: events=120 lost=0 alerts=2"}, counters{"events": 120, "lost": 0, "alerts": 2}},
		{"with parts", []string{"gyr: events=7, lost=3 (open: late=2), cpu=1.5s, up=10s, who=me"}, counters{"events": 7, "lost": 3, "late": 2}},
		{"the last line counts", []string{"events=1", "events=2", "bye"}, counters{"events": 2}},
		{"none", []string{"events=many", "lost=3"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lastCounters(tt.lines)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if got := counters(nil).get("lost"); got != -1 {
		t.Errorf("a counter that is not there is %d, want -1", got)
	}
}

func TestStatusBytes(t *testing.T) {
	const status = "Name:\tgyr\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"
	for key, want := range map[string]int64{"VmRSS": 1 << 20, "VmHWM": 2 << 20, "VmSwap": 0} {
		if got := statusBytes(status, key); got != want {
			t.Errorf("%s = %d, want %d", key, got, want)
		}
	}
}

func TestProcessCPU(t *testing.T) {
	before, err := processCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for began := clock(clockMonotonic); clock(clockMonotonic)-began < 20*time.Millisecond; {
	}
	after, err := processCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if used := after - before; used <= 0 || used > 10*time.Second {
		t.Errorf("20 ms of work took %v of processor time", used)
	}
}

func TestProbeNumber(t *testing.T) {
	tests := []struct {
		line string
		want int
		ok   bool
	}{
		{`{"output":"opened (file=/tmp/x/watched-17)","n":3}`, 17, true},
		{`file=/tmp/x/watched-0`, 0, true},
		{`file=/tmp/x/watched-`, 0, false},
		{`file=/tmp/x/other-3`, 0, false},
	}
	for _, tt := range tests {
		if got, ok := probeNumber(tt.line); got != tt.want || ok != tt.ok {
			t.Errorf("probeNumber(%q) = %d, %v, want %d, %v", tt.line, got, ok, tt.want, tt.ok)
		}
	}
}

func TestSelection(t *testing.T) {
	wanted, err := selection("open,idle")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"open": true, "idle": true, "open-all": false, "latency": false} {
		if wanted(name) != want {
			t.Errorf("%s is measured: %v, want %v", name, !want, want)
		}
	}
	if _, err := selection("open,opne"); err == nil {
		t.Error("an unknown measurement is no error")
	}
}

func TestProgram(t *testing.T) {
	name := filepath.Join(t.TempDir(), "true")
	if err := writeProgram(name); err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command(name).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("the program ended with %v and printed %q", err, out)
	}
}

func TestLoads(t *testing.T) {
	dir := t.TempDir()
	file, program := filepath.Join(dir, "file"), filepath.Join(dir, "true")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeProgram(program); err != nil {
		t.Skip(err)
	}
	for _, l := range loads {
		t.Run(l.name, func(t *testing.T) {
			path := file
			if l.name == "exec" {
				path = program
			}
			got, err := l.run(t.Context(), 200, path)
			if err != nil {
				t.Fatal(err)
			}
			if got.Wall <= 0 || got.CPU <= 0 {
				t.Errorf("took %v, %v of processor time", got.Wall, got.CPU)
			}
			if l.name == "getppid" {
				return
			}
			if _, err := l.run(t.Context(), 200, filepath.Join(dir, "missing")); err == nil {
				t.Error("a load without its file is no error")
			}
		})
	}
}

func TestSensor(t *testing.T) {
	s := sensor{ready: "watching", command: []string{"sh", "-c",
		`trap 'echo "fake: events=5 lost=1" >&2; exit 0' TERM; echo an alert; echo now watching >&2; while :; do sleep 0.02; done`}}
	p, err := s.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := p.usage()
	if err != nil {
		t.Fatal(err)
	}
	if u.RSS <= 0 || u.Peak < u.RSS || u.Ready <= 0 {
		t.Errorf("usage %+v", u)
	}
	got, err := p.stop()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(counters{"events": 5, "lost": 1, "alerts": 1}, got); d != "" {
		t.Errorf("counters (-want +got):\n%s", d)
	}
}

func TestSensorThatDies(t *testing.T) {
	s := sensor{ready: "watching", command: []string{"sh", "-c", "echo no kernel here >&2; exit 1"}}
	if _, err := s.start(t.Context()); err == nil || !strings.Contains(err.Error(), "no kernel here") {
		t.Errorf("the error is %v, want one that says what the sensor said", err)
	}
}

func TestReport(t *testing.T) {
	second := func(wall, cpu float64) sample {
		return sample{timing: timing{Wall: time.Duration(wall * 1e9), CPU: time.Duration(cpu * 1e9)}, Events: -1, Lost: -1, Alerts: -1}
	}
	seen := second(3, 2)
	seen.Events, seen.Lost, seen.Sensor, seen.Ready, seen.RSS, seen.Peak = 10, 0, time.Second, 200*time.Millisecond, 1<<20, 3<<20
	r := report{machine: "Linux", rounds: 1, scale: 1, missed: 1, latencyMeasured: true,
		latency: []time.Duration{time.Millisecond, 3 * time.Millisecond},
		loads: []loadResult{{load: load{name: "open", title: "opening"},
			order:   []subject{{name: nothingName}, {name: floorName}, {name: gyrName}},
			samples: map[string][]sample{nothingName: {second(2, 1)}, floorName: {second(2, 1)}, gyrName: {seen}}}},
		idle: []idleResult{{name: gyrName, share: []float64{0.001}, rss: []float64{1 << 20}}},
	}
	var b bytes.Buffer
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), "\n## ")
	want := `open: opening

Noise: wall 0.0 %, CPU 0.0 %.

| attached      | wall s | wall ratio | CPU s | CPU ratio | sensor CPU s | events | lost | alerts | RSS MiB | peak MiB |
|---------------|--------|------------|-------|-----------|--------------|--------|------|--------|---------|----------|
| nothing       | 2.00   | 1.00       | 1.00  | 1.00      |              |        |      |        |         |          |
| empty program | 2.00   | 1.00       | 1.00  | 1.00      |              |        |      |        |         |          |
| gyr           | 3.00   | 1.50       | 2.00  | 2.00      | 1.00         | 10     | 0    | -      | 1.0     | 3.0      |

## From start until watching

| sensor | ms  | starts |
|--------|-----|--------|
| gyr    | 200 | 1      |

## With nothing to do

| sensor | % of one processor | RSS MiB |
|--------|--------------------|---------|
| gyr    | 0.100              | 1.0     |

## From a call to its alert on standard output

| alerts | missed | p50 ms | p90 ms | p99 ms | largest ms |
|--------|--------|--------|--------|--------|------------|
| 2      | 1      | 2.00   | 2.80   | 2.98   | 3.00       |
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
}

func TestLiveFloor(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: attaches an eBPF program")
	}
	f, err := startFloor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.stop(); err != nil {
		t.Error(err)
	}
}
