package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// maxScrapes is how many requests for metrics are served at once: reading
	// the counters has its price.
	maxScrapes = 2
	// scrapeLimit is how long one may take. It leaves time to say so.
	scrapeLimit = writeLimit - 2*time.Second
)

// newMetrics serves metrics, in a registry of its own: what other packages put
// into the library's default one is not told.
func newMetrics(o Options) (http.Handler, error) {
	machine, err := newMachine()
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		&collector{sensor: o.Sensor, version: o.Version, machine: machine},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: scrapeLog{o.Log}, MaxRequestsInFlight: maxScrapes, Timeout: scrapeLimit,
	}), nil
}

// scrapeLog logs why metrics could not be told.
type scrapeLog struct{ log *slog.Logger }

// Println is what package promhttp calls.
func (l scrapeLog) Println(v ...any) {
	l.log.Warn("webserver: metrics cannot be told", "error", strings.TrimSpace(fmt.Sprintln(v...)))
}

// collector makes metrics of the sensor's counters, anew for each request.
type collector struct {
	sensor  Sensor
	version string
	machine machine
}

// Describe names no metrics beforehand: the labels of a rule's are its tags, and
// so differ from rule to rule, as Falco's do.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the metrics.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	m, err := c.sensor.Metrics()
	if err != nil {
		to <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
		return
	}
	s := sink{to, map[string]bool{}}
	c.identity(s, &m)
	c.resources(s, &m)
	ruleMetrics(s, &m)
	// Where the kernel half is not in place there is nothing to tell of events,
	// which is not the same as none.
	if m.Watching {
		eventMetrics(s, &m)
		familyMetrics(s, &m)
		containerMetrics(s, &m.Containers)
		gateMetrics(s, &m.Containers.Gate)
	}
	s.flag("gyr_events_flowing", "Whether events flow: 1 where the health endpoint answers 200, else 0.", c.sensor.Health() == nil)
}

// sink takes metrics.
type sink struct {
	to chan<- prometheus.Metric
	// sent are names and labels of what was sent. Nothing may be there twice, or
	// nothing at all is told: of two files or runtimes that are configured with the
	// same name the first is.
	sent map[string]bool
}

// labels are names and values of labels in turn.
func (s sink) gauge(name, help string, value float64, labels ...string) {
	s.send(prometheus.GaugeValue, name, help, value, labels)
}

func (s sink) counter(name, help string, value float64, labels ...string) {
	s.send(prometheus.CounterValue, name, help, value, labels)
}

// count is counter for what is counted in whole numbers.
func (s sink) count(name, help string, value uint64, labels ...string) {
	s.counter(name, help, float64(value), labels...)
}

// flag is gauge for what is (1) or is not (0).
func (s sink) flag(name, help string, is bool, labels ...string) {
	value := 0.0
	if is {
		value = 1
	}
	s.gauge(name, help, value, labels...)
}

// info tells a text, as the value of a label.
func (s sink) info(name, help string, labels ...string) { s.gauge(name, help, 1, labels...) }

// histogram tells how values are spread; buckets are cumulative, by their upper
// bounds.
func (s sink) histogram(name, help string, count uint64, sum float64, buckets map[float64]uint64) {
	desc := prometheus.NewDesc(name, help, nil, nil)
	s.to <- prometheus.MustNewConstHistogram(desc, count, sum, buckets)
}

func (s sink) send(kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names = append(names, labels[i])
		// Whoever reads the metrics would refuse them all for one such value.
		values = append(values, strings.ToValidUTF8(labels[i+1], "\uFFFD"))
	}
	key := name + "\x00" + strings.Join(names, "\x00") + "\x00" + strings.Join(values, "\x00")
	if s.sent[key] {
		return
	}
	s.sent[key] = true
	desc := prometheus.NewDesc(name, help, names, nil)
	metric, err := prometheus.NewConstMetric(desc, kind, value, values...)
	if err != nil {
		metric = prometheus.NewInvalidMetric(desc, err)
	}
	s.to <- metric
}
