package places

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// webserver are the arguments for a server on a port of its own.
func webserver(more ...string) []string {
	args := []string{"-U", "-o", "log_stderr=true", "-o", "webserver.enabled=true", "-o", "webserver.listen_address=127.0.0.1"}
	for _, o := range more {
		args = append(args, "-o", o)
	}
	return args
}

// url is where the instance says that it listens.
func (g *instance) url(t *testing.T) string {
	t.Helper()
	g.stderr.await(t, "webserver: listening")
	_, rest, _ := strings.Cut(g.stderr.String(), "url=")
	url, _, _ := strings.Cut(rest, "\n")
	return url
}

// get asks for a page.
func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	got, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(b)
}

// scraped are an instance's metrics, read as Prometheus does.
func scraped(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	code, body := get(t, url+"/metrics")
	if code != 200 {
		t.Fatalf("/metrics: %d %s", code, body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v:\n%s", err, body)
	}
	return families
}

// sum adds up the samples of a metric.
func sum(t *testing.T, families map[string]*dto.MetricFamily, name string) (n float64) {
	t.Helper()
	if families[name] == nil {
		t.Errorf("no %s", name)
	}
	for _, m := range families[name].GetMetric() {
		n += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return n
}

// The server tells that events flow when they do, and the metrics what became of
// them.
func TestLiveWebserver(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	g := start(t, options{rule: openRule(dir), args: webserver("webserver.listen_port=0", "webserver.prometheus_metrics_enabled=true", "metrics.enabled=true")})
	url := g.url(t)
	if code, body := get(t, url+"/healthz"); code != 200 || body != `{"status": "ok"}` {
		t.Errorf("/healthz: %d %s", code, body)
	}
	if code, body := get(t, url+"/versions"); code != 200 || !strings.Contains(body, `"engine_version":"63"`) {
		t.Errorf("/versions: %d %s", code, body)
	}
	before := scraped(t, url)
	for i := range 5 {
		name := filepath.Join(dir, strconv.Itoa(i))
		touch(name)
		g.stdout.await(t, "marker "+name)
	}
	after := scraped(t, url)
	matches := after["falcosecurity_falco_rules_matches_total"].GetMetric()
	if len(matches) != 1 || matches[0].GetCounter().GetValue() != 5 {
		t.Errorf("matches: %v", matches)
	}
	if n := sum(t, before, "falcosecurity_falco_rules_matches_total"); n != 0 {
		t.Errorf("%v matches before there were any", n)
	}
	for _, name := range []string{"gyr_events_total", "falcosecurity_scap_n_evts_total"} {
		if sum(t, after, name) < sum(t, before, name)+5 {
			t.Errorf("%s: %v, then %v", name, sum(t, before, name), sum(t, after, name))
		}
	}
	for _, name := range []string{"gyr_processes", "gyr_rules", "gyr_events_flowing", "falcosecurity_falco_memory_rss_bytes", "falcosecurity_falco_cpu_usage_ratio"} {
		if sum(t, after, name) <= 0 {
			t.Errorf("%s is %v", name, sum(t, after, name))
		}
	}
	g.stop(t)
	if _, err := http.Get(url + "/healthz"); err == nil {
		t.Error("answered after the end")
	}
}

// A second instance with the same port says so and ends, and does the first no
// harm.
func TestLiveWebserverTwice(t *testing.T) {
	requireRoot(t)
	dir := t.TempDir()
	first := start(t, options{rule: openRule(dir), args: webserver("webserver.listen_port=0")})
	url := first.url(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	second := begin(t, options{rule: openRule(dir), args: webserver("webserver.listen_port=" + port)})
	contains(t, second.refused(t), "webserver: port "+port+" is taken", "webserver.listen_port", "webserver.enabled")
	touch(filepath.Join(dir, "x"))
	first.stdout.await(t, "marker "+dir+"/x")
	if code, _ := get(t, url+"/healthz"); code != 200 {
		t.Errorf("the first: %d", code)
	}
	if code, _ := get(t, url+"/metrics"); code != 404 {
		t.Errorf("/metrics, which is off: %d", code)
	}
	first.stop(t)
}

// While the kernel half is put in place the server says so: a probe must not send
// traffic, nor wait for an answer.
func TestLiveWebserverStarting(t *testing.T) {
	requireRoot(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	g := begin(t, options{rule: openRule(t.TempDir()), args: webserver(fmt.Sprintf("webserver.listen_port=%d", port))})
	url := fmt.Sprintf("http://127.0.0.1:%d/healthz", port)
	seen := map[int]bool{}
	for deadline := time.Now().Add(limit); !seen[200]; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no 200 after %v: %v\n%s", limit, seen, g.stderr)
		}
		got, err := http.Get(url)
		if err != nil {
			continue // not there yet
		}
		body, _ := io.ReadAll(got.Body)
		got.Body.Close()
		seen[got.StatusCode] = true
		if got.StatusCode == 503 && !strings.Contains(string(body), `"starting: `) {
			t.Errorf("%d %s", got.StatusCode, body)
		}
	}
	if !seen[503] {
		t.Error("it was never said to start")
	}
	g.stderr.await(t, ready)
	g.stop(t)
}
