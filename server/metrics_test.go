package server

import (
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gyrsec/gyr/container"
	"github.com/gyrsec/gyr/event"
	"github.com/gyrsec/gyr/rules"
	"github.com/gyrsec/gyr/sensor"
	"github.com/gyrsec/gyr/source/kernel"
)

// counted is a snapshot in which every counter has a value of its own.
func counted() sensor.Metrics {
	m := sensor.Metrics{
		Started: time.Now().Add(-100 * time.Second), Reloaded: time.Unix(1_700_000_000, 5), Hostname: "no\"de\xff", Waiting: 2,
		Files: []sensor.RulesFile{{Name: "/etc/falco/falco_rules.yaml", SHA256: "ab01"}, {Name: "/etc/my.yaml", SHA256: "ab02"}},
		Rules: []sensor.RuleMetrics{
			{Name: "Terminal shell in container", Priority: rules.Notice, Source: "syscall", Tags: []string{"T1059", "a-b", "a.b", "mitre execution"}, Matches: 3},
			{Name: "Never \\ \"matched\"", Priority: rules.Emergency, Source: "syscall"},
		},
		Watching: true,
		Outputs:  []sensor.OutputMetrics{{Name: "stdout", Sent: 11, Lost: 4}, {Name: "http", Sent: 12, Lost: 5, Unheard: 6}},
		Containers: container.Stats{
			Containers: 21, Described: 19, Waiting: 2, Evicted: 22,
			Engines: []container.EngineStats{
				{Name: "docker", OK: 31, NotFound: 32, Errors: 33, Deferred: 34, Queued: 35, Connected: true},
				{Name: "cri", Down: true},
			},
			Gate: container.GateStats{
				Held: 41, HeldBytes: 42, HeldTotal: 100, TimedOut: 43, Overflowed: 44,
				Wait: container.Waits{Buckets: [8]uint64{1, 2, 3, 4, 5, 6, 7, 8}, Sum: 1500 * time.Millisecond, Max: 2 * time.Second},
			},
		},
		Self: sensor.SelfMetrics{CPU: 25 * time.Second, Resident: 1 << 20, Virtual: 1 << 30},
	}
	m.Source = kernel.Stats{
		Rings:   []kernel.Missing{{Lost: 7, Throttled: 8}, {}, {Lost: 1}},
		Missing: map[string]kernel.Missing{"0123456789ab": {Lost: 2, Throttled: 3}, "host": {Lost: 6}},
		Skipped: 100, Events: 1000, Malformed: 13, Processes: 14,
	}
	m.Source.Families[event.FamilyOpen] = kernel.FamilyStats{Seen: 500, Missing: kernel.Missing{Lost: 20, Throttled: 30}}
	m.Source.Families[event.FamilyMkdir] = kernel.FamilyStats{Seen: 60, Missing: kernel.Missing{Lost: 4}}
	m.Source.Families[event.FamilyUnlink] = kernel.FamilyStats{Seen: 7, Missing: kernel.Missing{Lost: 1}}
	return m
}

// scrape reads /metrics as Prometheus does.
func scrape(t *testing.T, m sensor.Metrics) (text string, families map[string]*dto.MetricFamily) {
	t.Helper()
	o := options(&standin{metrics: m})
	o.Metrics, o.Webserver.Prometheus = true, true
	got := ask(t, http.DefaultClient, "GET", start(t, o).URL()+"/metrics")
	if got.code != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("%d, %s:\n%s", got.code, got.header.Get("Content-Type"), got.body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(got.body))
	if err != nil {
		t.Fatalf("%v:\n%s", err, got.body)
	}
	return got.body, families
}

// flat lists the samples of the families that are Gyr's, by name with labels.
func flat(families map[string]*dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for name, f := range families {
		if f.GetType() == dto.MetricType_HISTOGRAM || !strings.HasPrefix(name, "gyr_") && !strings.HasPrefix(name, "falcosecurity_") {
			continue
		}
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetGauge().GetValue()
			if f.GetType() == dto.MetricType_COUNTER {
				value = m.GetCounter().GetValue()
			}
			all[name+"{"+strings.Join(labels, ",")+"}"] = value
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	m := counted()
	_, families := scrape(t, m)
	got := flat(families)
	want := map[string]float64{
		"falcosecurity_falco_version_info{version=1.2.3}":                                                   1,
		"falcosecurity_scap_engine_name_info{engine_name=modern_bpf,evt_source=syscall}":                    1,
		"falcosecurity_evt_hostname_info{hostname=no\"de\uFFFD}":                                            1,
		"falcosecurity_falco_sha256_rules_files_info{file_name=/etc/falco/falco_rules.yaml,sha256=ab01}":    1,
		"falcosecurity_falco_sha256_rules_files_info{file_name=/etc/my.yaml,sha256=ab02}":                   1,
		"falcosecurity_falco_reload_timestamp_nanoseconds{}":                                                1_700_000_000_000_000_005,
		"falcosecurity_falco_start_timestamp_nanoseconds{}":                                                 float64(m.Started.UnixNano()),
		"falcosecurity_falco_memory_rss_bytes{}":                                                            1 << 20,
		"falcosecurity_falco_memory_vsz_bytes{}":                                                            1 << 30,
		"falcosecurity_falco_outputs_queue_num_drops_total{}":                                               9,
		"falcosecurity_scap_n_evts_total{}":                                                                 567,
		"falcosecurity_scap_n_drops_total{}":                                                                155,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=open}":                                       20,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=dir_file}":                                   5,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=clone_fork}":                                 0,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=execve}":                                     0,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=connect}":                                    0,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=other_interest}":                             0,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=close}":                                      0,
		"falcosecurity_scap_n_drops_buffer_total{dir=exit,drop=proc}":                                       0,
		"falcosecurity_falco_rules_matches_total{priority=0,rule_name=Never \\ \"matched\",source=syscall}": 0,
		"gyr_rules{}":                          2,
		"gyr_rules_waiting{}":                  2,
		"gyr_events_flowing{}":                 1,
		"gyr_events_total{}":                   1000,
		"gyr_malformed_records_total{}":        13,
		"gyr_skipped_runs_total{}":             100,
		"gyr_processes{}":                      14,
		"gyr_alerts_sent_total{output=stdout}": 11, "gyr_alerts_sent_total{output=http}": 12,
		"gyr_alerts_unheard_total{output=stdout}": 0, "gyr_alerts_unheard_total{output=http}": 6,
		"gyr_alerts_lost_total{output=stdout}": 4, "gyr_alerts_lost_total{output=http}": 5,
		"gyr_seen_events_total{family=open}":                                             500,
		"gyr_lost_events_total{family=open}":                                             20,
		"gyr_throttled_events_total{family=open}":                                        30,
		"gyr_ring_missing_events_total{reason=lost,ring=0}":                              7,
		"gyr_ring_missing_events_total{reason=throttled,ring=0}":                         8,
		"gyr_ring_missing_events_total{reason=lost,ring=1}":                              0,
		"gyr_ring_missing_events_total{reason=throttled,ring=1}":                         0,
		"gyr_ring_missing_events_total{reason=lost,ring=processes}":                      1,
		"gyr_ring_missing_events_total{reason=throttled,ring=processes}":                 0,
		"gyr_container_missing_events_total{container_id=0123456789ab,reason=lost}":      2,
		"gyr_container_missing_events_total{container_id=0123456789ab,reason=throttled}": 3,
		"gyr_container_missing_events_total{container_id=host,reason=lost}":              6,
		"gyr_container_missing_events_total{container_id=host,reason=throttled}":         0,
		"falcosecurity_falco_rules_matches_total{priority=5,rule_name=Terminal shell in container,source=syscall,tag_T1059=true,tag_a_b=true,tag_mitre_execution=true}": 3,
	}
	for name, value := range map[string]float64{
		"s{}": 21, "s_described{}": 19, "s_waiting{}": 2, "s_evicted_total{}": 22,
		"_asks_total{engine=docker,result=ok}": 31, "_asks_total{engine=docker,result=not_found}": 32, "_asks_total{engine=docker,result=error}": 33,
		"_asks_total{engine=cri,result=ok}": 0, "_asks_total{engine=cri,result=not_found}": 0, "_asks_total{engine=cri,result=error}": 0,
		"_asks_deferred_total{engine=docker}": 34, "_asks_deferred_total{engine=cri}": 0,
		"_asks_queued{engine=docker}": 35, "_asks_queued{engine=cri}": 0,
		"_engine_followed{engine=docker}": 1, "_engine_followed{engine=cri}": 0,
		"_engine_down{engine=docker}": 0, "_engine_down{engine=cri}": 1,
		"_events_held{}": 41, "_events_held_bytes{}": 42,
		"_events_undescribed_total{reason=timeout}": 43, "_events_undescribed_total{reason=overflow}": 44,
	} {
		want["gyr_container"+name] = value
	}
	near := func(name string, low, high float64) {
		if v, ok := got[name]; !ok || v < low || v > high {
			t.Errorf("%s is %v (%v), want %v to %v", name, v, ok, low, high)
		}
		delete(got, name)
	}
	near("falcosecurity_falco_duration_seconds_total{}", 100, 160)
	near("falcosecurity_falco_cpu_usage_ratio{}", 0.15, 0.25)
	near("falcosecurity_falco_host_num_cpus_total{}", 1, 1e5)
	now := float64(time.Now().UnixNano())
	near("falcosecurity_falco_host_boot_timestamp_nanoseconds{}", 1e18, now)
	for name := range got {
		if strings.HasPrefix(name, "falcosecurity_falco_kernel_release_info{kernel_release=") {
			delete(got, name)
		}
		family, ok := strings.CutPrefix(name, "gyr_seen_events_total{family=")
		if ok && family != "open}" {
			for _, of := range []string{"seen", "lost", "throttled"} {
				delete(got, "gyr_"+of+"_events_total{family="+family)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(families["gyr_seen_events_total"].GetMetric()); n != int(event.Families)-1 {
		t.Errorf("%d families of events", n)
	}
	for _, name := range []string{"go_goroutines", "process_open_fds", "process_resident_memory_bytes", "process_cpu_seconds_total"} {
		if families[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

// How long events waited is told as a histogram, cumulative.
func TestWaits(t *testing.T) {
	_, families := scrape(t, counted())
	h := families["gyr_container_event_wait_seconds"].GetMetric()[0].GetHistogram()
	type bucket struct {
		Bound float64
		N     uint64
	}
	var got []bucket
	for _, b := range h.GetBucket() {
		got = append(got, bucket{b.GetUpperBound(), b.GetCumulativeCount()})
	}
	want := []bucket{{0.005, 1}, {0.02, 3}, {0.05, 6}, {0.1, 10}, {0.2, 15}, {0.5, 21}, {1, 28}, {math.Inf(1), 36}}
	if diff := cmp.Diff(want, got); diff != "" || h.GetSampleCount() != 36 || h.GetSampleSum() != 1.5 {
		t.Errorf("count %d, sum %v (-want +got):\n%s", h.GetSampleCount(), h.GetSampleSum(), diff)
	}
}

// What is configured twice must not take all metrics away.
func TestTwins(t *testing.T) {
	m := counted()
	m.Files = append(m.Files, m.Files[0])
	m.Rules = append(m.Rules, m.Rules[0])
	m.Outputs = append(m.Outputs, m.Outputs[0])
	m.Containers.Engines = append(m.Containers.Engines, m.Containers.Engines[0])
	_, families := scrape(t, m)
	if n := len(families["falcosecurity_falco_sha256_rules_files_info"].GetMetric()); n != 2 {
		t.Errorf("%d files", n)
	}
}

// The types are what rate() and alerts rely on; Falco's are as they are there.
func TestMetricTypes(t *testing.T) {
	_, families := scrape(t, counted())
	gauges := map[string]bool{"falcosecurity_falco_host_num_cpus_total": true}
	for name, f := range families {
		if !strings.HasPrefix(name, "gyr_") && !strings.HasPrefix(name, "falcosecurity_") {
			continue
		}
		want := dto.MetricType_GAUGE
		if name == "gyr_container_event_wait_seconds" {
			want = dto.MetricType_HISTOGRAM
		}
		if strings.HasSuffix(name, "_total") && !gauges[name] {
			want = dto.MetricType_COUNTER
		}
		if f.GetType() != want {
			t.Errorf("%s is a %v, want %v", name, f.GetType(), want)
		}
		if help := f.GetHelp(); len(help) < 15 || !strings.HasSuffix(help, ".") {
			t.Errorf("%s explains itself as %q", name, help)
		}
	}
}

// Gyr's own names are as Prometheus wants them.
func TestLint(t *testing.T) {
	text, _ := scrape(t, counted())
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "gyr_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// Before the kernel half is in place nothing is known of events; that is not 0.
func TestMetricsBeforeEvents(t *testing.T) {
	m := counted()
	m.Watching, m.Source = false, kernel.Stats{}
	_, families := scrape(t, m)
	for _, name := range []string{"falcosecurity_scap_n_evts_total", "falcosecurity_scap_n_drops_total", "gyr_events_total", "gyr_lost_events_total", "gyr_ring_missing_events_total", "gyr_containers", "gyr_container_events_held"} {
		if families[name] != nil {
			t.Errorf("%s is told", name)
		}
	}
	if families["falcosecurity_falco_version_info"] == nil || families["gyr_rules"] == nil {
		t.Error("what is known is not told")
	}
}

func TestMetricsFail(t *testing.T) {
	o := options(&standin{err: errors.New("no counters today")})
	o.Metrics, o.Webserver.Prometheus = true, true
	got := ask(t, http.DefaultClient, "GET", start(t, o).URL()+"/metrics")
	if got.code != 500 || !strings.Contains(got.body, "no counters today") {
		t.Errorf("%d %s", got.code, got.body)
	}
}

// Both switches are needed, as in Falco.
func TestMetricsOff(t *testing.T) {
	for _, on := range [][2]bool{{false, false}, {true, false}, {false, true}} {
		o := options(&standin{})
		o.Metrics, o.Webserver.Prometheus = on[0], on[1]
		if got := ask(t, http.DefaultClient, "GET", start(t, o).URL()+"/metrics"); got.code != 404 {
			t.Errorf("metrics.enabled %v, prometheus_metrics_enabled %v: %d", on[0], on[1], got.code)
		}
	}
}

func TestFlowingFollowsHealth(t *testing.T) {
	s := &standin{metrics: counted(), health: errors.New("stalled")}
	o := options(s)
	o.Metrics, o.Webserver.Prometheus = true, true
	got := ask(t, http.DefaultClient, "GET", start(t, o).URL()+"/metrics")
	if !strings.Contains(got.body, "\ngyr_events_flowing 0\n") {
		t.Error("gyr_events_flowing is not 0 where events do not flow")
	}
}
