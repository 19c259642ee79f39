package config_test

import (
	"strings"
	"testing"

	"github.com/gyrsec/gyr/config"
)

func TestWebserverErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       string
	}{
		{"a name for an address", "listen_address: localhost", `falco.yaml:1:29: webserver.listen_address must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them, not "localhost"`},
		{"address with a port", "listen_address: '127.0.0.1:80'", `falco.yaml:1:29: webserver.listen_address must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them, not "127.0.0.1:80"`},
		{"port out of range", "listen_port: 65536", `falco.yaml:1:26: webserver.listen_port must be a whole number from 0 to 65535, not "65536"`},
		{"threads", "threadiness: -1", `falco.yaml:1:26: webserver.threadiness must be a whole number from 0 to 65536, not "-1"`},
		{"endpoint without a slash", "k8s_healthz_endpoint: healthz", `falco.yaml:1:35: webserver.k8s_healthz_endpoint must be a path that begins with / and has neither spaces nor any of ?#%, not "healthz"`},
		{"endpoint with a query", "k8s_healthz_endpoint: /healthz?x", `falco.yaml:1:35: webserver.k8s_healthz_endpoint must be a path that begins with / and has neither spaces nor any of ?#%, not "/healthz?x"`},
		{"endpoint taken", "k8s_healthz_endpoint: /metrics", `falco.yaml:1:35: webserver.k8s_healthz_endpoint must not be /metrics, which is another endpoint; /healthz is the usual one`},
		{"certificate", "ssl_certificate: ''", `falco.yaml:1:30: webserver.ssl_certificate must be the path of a file, not ""`},
		{"certificate is a list", "ssl_certificate: [a]", `falco.yaml:1:30: webserver.ssl_certificate must be the path of a file, not a list`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, err := config.Parse("falco.yaml", []byte("webserver: {"+tt.text+"}\n"), nil, noEnv)
			if err == nil {
				t.Fatalf("accepted as %+v", c.Webserver)
			}
			if err.Error() != tt.want {
				t.Errorf("\n got %s\nwant %s", err, tt.want)
			}
		})
	}
}

// TestMetricsWarnings warns of what is not in force only where Falco would heed
// it: with metrics switched off, it heeds none of it.
func TestMetricsWarnings(t *testing.T) {
	const all = `enabled: X, interval: 1h, output_rule: true, output_file: /a.jsonl, rules_counters_enabled: true,
  resource_utilization_enabled: true, state_counters_enabled: true, kernel_event_counters_enabled: true,
  kernel_event_counters_per_cpu_enabled: false, kernel_iter_event_counters_enabled: true, libbpf_stats_enabled: true,
  plugins_metrics_enabled: true, jemalloc_stats_enabled: false, convert_memory_to_mb: true, include_empty_values: false`
	_, on := parse(t, "metrics: {"+strings.Replace(all, "X", "true", 1)+"}\n")
	for _, w := range on {
		if w.Kind != config.NotInForce {
			t.Errorf("%v", w)
		}
	}
	if len(on) != 14 {
		t.Errorf("%d warnings with metrics on, want one for each of 14 keys", len(on))
	}
	// A spelling mistake is one all the same, and what comes before stays.
	_, off := parse(t, "zzzzzz: 1\nmetrics: {"+strings.Replace(all, "X", "false", 1)+", intervall: 1h}\n")
	if len(off) != 2 || off[0].Key != "zzzzzz" || off[1].Key != "metrics.intervall" {
		t.Errorf("with metrics off: %v", off)
	}
	c, overridden := parse(t, "metrics: {enabled: false, interval: 1h}\n", "metrics.enabled=true")
	if !c.Metrics.Enabled || len(overridden) != 1 {
		t.Errorf("switched on by an override: %+v, %v", c.Metrics, overridden)
	}
}
