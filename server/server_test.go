package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/sensor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// standin is a sensor in a state that a test gives it.
type standin struct {
	mu      sync.Mutex
	health  error
	metrics sensor.Metrics
	err     error
}

func (s *standin) Health() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.health
}

func (s *standin) Metrics() (sensor.Metrics, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.metrics, s.err
}

func (s *standin) set(change func(*standin)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// options are those of a server on a port of its own.
func options(s Sensor) Options {
	w := config.Default().Webserver
	w.ListenAddress, w.ListenPort = "127.0.0.1", 0
	return Options{Webserver: w, Version: "1.2.3", Sensor: s, Log: slog.New(slog.DiscardHandler)}
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

type answer struct {
	code   int
	header http.Header
	body   string
	closed bool // the connection, by the server
}

func ask(t *testing.T, client *http.Client, method, url string) answer {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(body), got.Close}
}

func TestHealth(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code int
		body string
	}{
		// As Falco writes it: whoever compares the text must find it.
		{"flows", nil, 200, `{"status": "ok"}`},
		{"starts", errors.New("starting: x"), 503, `{"status": "starting: x"}`},
		{"says what needs escaping", errors.New("a \"b\"\n<c>"), 503, `{"status": "a \"b\"\n\u003cc\u003e"}`},
	}
	var s standin
	srv := start(t, options(&s))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.set(func(s *standin) { s.health = tt.err })
			got := ask(t, http.DefaultClient, "GET", srv.URL()+"/healthz")
			if got.code != tt.code || got.body != tt.body || got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %s %v", got.code, got.body, got.header)
			}
			if !json.Valid([]byte(got.body)) {
				t.Errorf("not JSON: %s", got.body)
			}
			if head := ask(t, http.DefaultClient, "HEAD", srv.URL()+"/healthz"); head.code != tt.code || head.body != "" {
				t.Errorf("HEAD: %d %q", head.code, head.body)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	o := options(&standin{})
	o.Webserver.HealthzEndpoint = "/{live}/now"
	srv := start(t, o)
	tests := []struct {
		method, path string
		code         int
	}{
		{"GET", "/{live}/now", 200},
		{"GET", "/x/now", 404}, // no pattern
		{"GET", "/healthz", 404},
		{"GET", "/versions", 200},
		{"GET", "/versions/", 404},
		{"GET", "/versions?x=y", 200},
		{"GET", "/metrics", 404},
		{"GET", "/", 404},
		{"GET", "/debug/pprof/", 404},
		{"POST", "/versions", 405},
		{"PUT", "/{live}/now", 405},
		{"DELETE", "/nothing", 404},
	}
	for _, tt := range tests {
		if got := ask(t, http.DefaultClient, tt.method, srv.URL()+tt.path); got.code != tt.code {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, got.code, tt.code)
		} else if tt.code == 405 && got.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", tt.method, tt.path, got.header.Get("Allow"))
		}
	}
}

func TestVersions(t *testing.T) {
	srv := start(t, options(&standin{}))
	got := ask(t, http.DefaultClient, "GET", srv.URL()+"/versions")
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"falco_version": "1.2.3", "engine_version": "63", "engine_version_semver": "0.63.0",
		"libs_version": "0.0.0", "plugin_api_version": "0.0.0",
		"driver_api_version": "0.0.0", "driver_schema_version": "0.0.0", "default_driver_version": "0.0.0",
		"plugin_versions": map[string]any{"container": "0.7.1", "k8smeta": "0.4.1", "json": "0.7.3", "k8saudit": "0.18.0"},
	}
	if diff := cmp.Diff(want, body); diff != "" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v (-want +got):\n%s", got.header, diff)
	}
}

// Each of what can be wrong gets one message that says what to do, and none
// leaves the port taken.
func TestRefused(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	secure := func(file string) func(*config.Webserver) {
		return func(w *config.Webserver) { w.SSL, w.SSLCertificate = true, file }
	}
	tests := []struct {
		name   string
		change func(*config.Webserver)
		want   []string
	}{
		{"port taken", func(w *config.Webserver) { w.ListenPort = port }, []string{
			fmt.Sprintf("webserver: port %d is taken", port), fmt.Sprintf("127.0.0.1:%d: address already in use", port), "webserver.listen_port", "webserver.enabled"}},
		{"not ours", func(w *config.Webserver) { w.ListenAddress = "192.0.2.1" }, []string{
			"webserver: 192.0.2.1 is no address of this machine (cannot assign requested address)", "webserver.listen_address", "0.0.0.0"}},
		{"no certificate", secure(filepath.Join(dir, "none.pem")), []string{
			"webserver.ssl_certificate", "none.pem: no such file or directory", "webserver.ssl_enabled"}},
		{"certificate without a certificate", secure(empty), []string{"webserver.ssl_certificate", empty, "PEM", "certificate and private key"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(&standin{})
			tt.change(&o.Webserver)
			s, err := Start(o)
			if err == nil {
				s.Stop()
				t.Fatal("started")
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("several lines: %v", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("does not say %q: %v", part, err)
				}
			}
		})
	}
}

func TestListensWhereItSays(t *testing.T) {
	o := options(&standin{})
	o.Webserver.ListenAddress = "0.0.0.0"
	srv := start(t, o)
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL(), "http://"), ":")
	if got := ask(t, http.DefaultClient, "GET", "http://127.0.0.1:"+port+"/healthz"); got.code != 200 {
		t.Errorf("%d", got.code)
	}
	// All IPv4 addresses are not all addresses.
	if c, err := net.Dial("tcp", "[::1]:"+port); err == nil {
		c.Close()
		t.Error("0.0.0.0 listens on IPv6, too")
	}
}

// pair writes a certificate for 127.0.0.1 and its key into one file.
func pair(t *testing.T) (file string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	file = filepath.Join(t.TempDir(), "falco.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return file, roots
}

func TestHTTPS(t *testing.T) {
	file, roots := pair(t)
	o := options(&standin{})
	o.Webserver.SSL, o.Webserver.SSLCertificate = true, file
	srv := start(t, o)
	if !strings.HasPrefix(srv.URL(), "https://127.0.0.1:") {
		t.Errorf("URL %s", srv.URL())
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	if got := ask(t, &http.Client{Transport: transport}, "GET", srv.URL()+"/healthz"); got.body != `{"status": "ok"}` {
		t.Errorf("%d %s", got.code, got.body)
	}
	old := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if c, err := tls.Dial("tcp", strings.TrimPrefix(srv.URL(), "https://"), old); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	if got := ask(t, http.DefaultClient, "GET", "http"+strings.TrimPrefix(srv.URL(), "https")+"/healthz"); got.code != 400 {
		t.Errorf("without TLS: %d", got.code)
	}
}
