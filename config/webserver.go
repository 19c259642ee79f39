package config

import (
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Webserver says where health, versions and metrics are served over HTTP.
type Webserver struct {
	Enabled bool
	// ListenAddress is an IP address; an unspecified one stands for all of the
	// machine's. ListenPort 0 is one that is free.
	ListenAddress string
	ListenPort    int
	// HealthzEndpoint is the path that tells whether events flow.
	HealthzEndpoint string
	// Prometheus serves metrics, if Metrics.Enabled is set too.
	Prometheus bool
	// SSL serves HTTPS instead, with the certificates and the private key in the
	// PEM file SSLCertificate.
	SSL            bool
	SSLCertificate string
}

// The other paths the server has.
const (
	VersionsEndpoint = "/versions"
	MetricsEndpoint  = "/metrics"
)

func absentWebserver() Webserver {
	return Webserver{
		ListenAddress: "0.0.0.0", ListenPort: 8765, HealthzEndpoint: "/healthz", SSLCertificate: "/etc/falco/falco.pem",
	}
}

func webserver(w *Webserver) setting {
	return group(map[string]setting{
		"enabled": truth(&w.Enabled),
		// How many threads serve requests is Go's own affair: each has a goroutine.
		"threadiness":                idle(number(new(int), 0, 1<<16)),
		"listen_address":             address(&w.ListenAddress),
		"listen_port":                number(&w.ListenPort, 0, 65535),
		"k8s_healthz_endpoint":       endpoint(&w.HealthzEndpoint),
		"prometheus_metrics_enabled": truth(&w.Prometheus),
		"ssl_enabled":                truth(&w.SSL),
		"ssl_certificate":            filePath(&w.SSLCertificate),
	})
}

// address reads an IP address.
func address(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: *to}) {
			return
		}
		if n.Kind == yaml.ScalarNode {
			if _, err := netip.ParseAddr(r.text(n)); err == nil {
				*to = r.text(n)
				return
			}
		}
		r.fail(n, key, "%s must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them, not %s", key, r.shown(n))
	}
}

// endpoint reads the path of a URL that no other endpoint has.
func endpoint(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: *to}) {
			return
		}
		if n.Kind != yaml.ScalarNode || !isPath(r.text(n)) {
			r.fail(n, key, "%s must be a path that begins with / and has neither spaces nor any of ?#%%, not %s", key, r.shown(n))
			return
		}
		switch text := r.text(n); text {
		case VersionsEndpoint, MetricsEndpoint:
			r.fail(n, key, "%s must not be %s, which is another endpoint; /healthz is the usual one", key, text)
		default:
			*to = text
		}
	}
}

// isPath reports whether a request for the path gets through as it is written.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.ContainsAny(s, "?#%") &&
		!strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
}

// filePath reads the name of a file.
func filePath(to *string) setting {
	return func(r *reader, n *yaml.Node, key string) {
		if r.told(shape{schema: typed("string"), value: *to}) {
			return
		}
		if n.Kind != yaml.ScalarNode || r.text(n) == "" {
			r.fail(n, key, "%s must be the path of a file, not %s", key, r.shown(n))
			return
		}
		*to = r.text(n)
	}
}
