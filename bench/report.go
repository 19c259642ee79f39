package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is everything measured, ready to be written.
type report struct {
	machine string
	rounds  int
	scale   float64
	loads   []loadResult
	idle    []idleResult

	latencyMeasured bool
	latency         []time.Duration
	missed          int
}

// loadResult is a load's samples by the name of the subject.
type loadResult struct {
	load    load
	order   []subject
	samples map[string][]sample
}

// write prints the report as Markdown.
func (r *report) write(out io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What watching costs\n\n%s, %d processors, %s. Medians of %d rounds",
		r.machine, runtime.NumCPU(), runtime.Version(), r.rounds)
	if r.scale != 1 {
		fmt.Fprintf(&b, ", loads scaled by %g", r.scale)
	}
	b.WriteString("; in brackets the smallest and the largest. A ratio is to the same load\nwith nothing attached in the same round; noise is how far those runs lie apart.\n")
	for _, l := range r.loads {
		l.write(&b)
	}
	r.writeStart(&b)
	r.writeIdle(&b)
	r.writeLatency(&b)
	_, err := out.Write(b.Bytes())
	return err
}

func wall(s sample) float64    { return s.Wall.Seconds() }
func cpu(s sample) float64     { return s.CPU.Seconds() }
func sensing(s sample) float64 { return s.Sensor.Seconds() }

func (l loadResult) write(b *bytes.Buffer) {
	base := l.samples[nothingName]
	fmt.Fprintf(b, "\n## %s: %s\n\nNoise: wall %s, CPU %s.\n\n", l.load.name, l.load.title,
		percent(spread(column(base, wall))), percent(spread(column(base, cpu))))
	rows := [][]string{{"attached", "wall s", "wall ratio", "CPU s", "CPU ratio", "sensor CPU s", "events", "lost", "alerts", "RSS MiB", "peak MiB"}}
	for _, s := range l.order {
		got := l.samples[s.name]
		row := []string{s.name,
			ranged(column(got, wall), 2), ranged(ratios(column(got, wall), column(base, wall)), 2),
			ranged(column(got, cpu), 2), ranged(ratios(column(got, cpu), column(base, cpu)), 2)}
		if s.name == nothingName || s.name == floorName {
			row = append(row, "", "", "", "", "", "")
		} else {
			row = append(row, ranged(column(got, sensing), 2),
				count(column(got, func(s sample) int64 { return s.Events })),
				count(column(got, func(s sample) int64 { return s.Lost })),
				count(column(got, func(s sample) int64 { return s.Alerts })),
				mebibytes(column(got, func(s sample) float64 { return float64(s.RSS) })),
				mebibytes(column(got, func(s sample) float64 { return float64(s.Peak) })))
		}
		rows = append(rows, row)
	}
	table(b, rows)
}

// writeStart sums up all starts the loads needed.
func (r *report) writeStart(b *bytes.Buffer) {
	var order []string
	ready := map[string][]float64{}
	for _, l := range r.loads {
		for _, s := range l.order {
			if s.name == nothingName || s.name == floorName {
				continue
			}
			if !slices.Contains(order, s.name) {
				order = append(order, s.name)
			}
			ready[s.name] = append(ready[s.name], column(l.samples[s.name], func(s sample) float64 {
				return s.Ready.Seconds() * 1000
			})...)
		}
	}
	if len(order) == 0 {
		return
	}
	b.WriteString("\n## From start until watching\n\n")
	rows := [][]string{{"sensor", "ms", "starts"}}
	for _, name := range order {
		rows = append(rows, []string{name, ranged(ready[name], 0), fmt.Sprint(len(ready[name]))})
	}
	table(b, rows)
}

func (r *report) writeIdle(b *bytes.Buffer) {
	if len(r.idle) == 0 {
		return
	}
	b.WriteString("\n## With nothing to do\n\n")
	rows := [][]string{{"sensor", "% of one processor", "RSS MiB"}}
	for _, i := range r.idle {
		share := make([]float64, len(i.share))
		for n, s := range i.share {
			share[n] = s * 100
		}
		rows = append(rows, []string{i.name, ranged(share, 3), mebibytes(i.rss)})
	}
	table(b, rows)
}

func (r *report) writeLatency(b *bytes.Buffer) {
	if !r.latencyMeasured {
		return
	}
	ms := column(r.latency, func(t time.Duration) float64 { return t.Seconds() * 1000 })
	b.WriteString("\n## From a call to its alert on standard output\n\n")
	table(b, [][]string{
		{"alerts", "missed", "p50 ms", "p90 ms", "p99 ms", "largest ms"},
		{fmt.Sprint(len(ms)), fmt.Sprint(r.missed), number(median(ms), 2), number(percentile(ms, 90), 2),
			number(percentile(ms, 99), 2), number(percentile(ms, 100), 2)},
	})
}

// ranged is the median with the smallest and the largest value.
func ranged(values []float64, digits int) string {
	if len(values) == 0 {
		return "-"
	}
	m := number(median(values), digits)
	if len(values) == 1 {
		return m
	}
	return fmt.Sprintf("%s (%s–%s)", m, number(slices.Min(values), digits), number(slices.Max(values), digits))
}

func number(v float64, digits int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.*f", digits, v)
}

func percent(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", v*100)
}

// count is the median and the largest of a counter; a dash where the sensor
// does not say.
func count(values []int64) string {
	if len(values) == 0 || slices.Min(values) < 0 {
		return "-"
	}
	sorted := slices.Sorted(slices.Values(values))
	m, most := sorted[len(sorted)/2], sorted[len(sorted)-1]
	if m == most {
		return fmt.Sprint(m)
	}
	return fmt.Sprintf("%d (at most %d)", m, most)
}

func mebibytes(bytes []float64) string {
	return number(median(bytes)/(1<<20), 1)
}

// table writes rows, the first of them the heads, with the columns in line.
func table(b *bytes.Buffer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(b, "| %-*s ", width[i], cell)
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, w := range width {
				b.WriteString("|" + strings.Repeat("-", w+2))
			}
			b.WriteString("|\n")
		}
	}
}
