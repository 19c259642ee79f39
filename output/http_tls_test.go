package output

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// sign makes a certificate and its key; nil signs itself.
func (a *authority) sign(t *testing.T, name string) (cert, key []byte, signed authority) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, private
	if a != nil {
		parent, signer = a.cert, a.key
	} else {
		template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &private.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	return cert, key, authority{parsed, private}
}

// pki is a server with a certificate of its own, and files for its clients.
type pki struct {
	url string
	dir string
	got *posted
	ca  authority
}

func write(t *testing.T, path string, parts ...[]byte) {
	t.Helper()
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
}

// newPKI starts the server; with mutual it wants certificates of its authority
// from clients.
func newPKI(t *testing.T, mutual bool) *pki {
	t.Helper()
	p := &pki{dir: t.TempDir(), got: &posted{}}
	own, _, ca := (*authority)(nil).sign(t, "ca")
	other, _, otherCA := (*authority)(nil).sign(t, "other")
	cert, key, _ := ca.sign(t, "server")
	client, clientKey, _ := ca.sign(t, "client")
	stranger, strangerKey, _ := otherCA.sign(t, "stranger")
	p.ca = ca
	at := func(name string) string { return filepath.Join(p.dir, name) }
	write(t, at("ca.crt"), own)
	write(t, at("other.crt"), other)
	write(t, at("both.crt"), []byte("# other and own\n"), other, own)
	write(t, at("path/README"), []byte("no certificate"))
	write(t, at("path/a.0"), other)
	write(t, at("path/b.0"), own)
	write(t, at("path/sub/x"), nil)
	write(t, at("none/README"), []byte("no certificate"))
	write(t, at("client.crt"), client)
	write(t, at("client.key"), clientKey)
	write(t, at("stranger.crt"), stranger)
	write(t, at("stranger.key"), strangerKey)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { p.got.take(r) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	if mutual {
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		s.TLS.ClientCAs.AddCert(ca.cert)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	p.url = s.URL
	return p
}

// paths makes names of files of those in the directory.
func (p *pki) paths(o HTTPOptions) HTTPOptions {
	o.URL = p.url
	for _, name := range []*string{&o.CACert, &o.CABundle, &o.CAPath, &o.ClientCert, &o.ClientKey} {
		if *name != "" {
			*name = filepath.Join(p.dir, *name)
		}
	}
	return o
}

func TestHTTPTrust(t *testing.T) {
	open, mutual := newPKI(t, false), newPKI(t, true)
	const unknown = "signed by unknown authority"
	tests := []struct {
		name    string
		server  *pki
		options HTTPOptions
		want    string // in the error; "": none
	}{
		{"system", open, HTTPOptions{}, unknown},
		{"ca_cert", open, HTTPOptions{CACert: "ca.crt"}, ""},
		{"ca_cert counts before all", open, HTTPOptions{CACert: "ca.crt", CABundle: "other.crt", CAPath: "none"}, ""},
		{"wrong ca_cert", open, HTTPOptions{CACert: "other.crt", CABundle: "ca.crt", CAPath: "path"}, unknown},
		{"ca_bundle", open, HTTPOptions{CABundle: "both.crt", CAPath: "none"}, ""},
		{"wrong ca_bundle", open, HTTPOptions{CABundle: "other.crt", CAPath: "path"}, unknown},
		{"ca_path", open, HTTPOptions{CAPath: "path"}, ""},
		{"insecure", open, HTTPOptions{Insecure: true, CACert: "other.crt"}, ""},
		{"no certificate shown", mutual, HTTPOptions{CACert: "ca.crt"}, "certificate required"},
		{"certificate not shown", mutual, HTTPOptions{CACert: "ca.crt", ClientCert: "client.crt", ClientKey: "client.key"}, "certificate required"},
		{"mtls", mutual, HTTPOptions{CACert: "ca.crt", MTLS: true, ClientCert: "client.crt", ClientKey: "client.key"}, ""},
		{"mtls and insecure", mutual, HTTPOptions{Insecure: true, MTLS: true, ClientCert: "client.crt", ClientKey: "client.key"}, ""},
		{"a stranger", mutual, HTTPOptions{CACert: "ca.crt", MTLS: true, ClientCert: "stranger.crt", ClientKey: "stranger.key"}, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(tt.server.got.all())
			c := post(t, tt.server.paths(tt.options), Options{})
			sendAll(c, 1, 1)
			settled(t, c, 1)
			err := c.Close(limit)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if got := len(tt.server.got.all()) - before; (got == 1) != (tt.want == "") {
				t.Errorf("the server got %d alerts", got)
			}
		})
	}
}

func TestHTTPCertificateErrors(t *testing.T) {
	p := newPKI(t, false)
	for want, o := range map[string]HTTPOptions{
		"http_output.ca_cert: open ":                                      {CACert: "gone"},
		"http_output.ca_bundle: ":                                         {CABundle: "path/README"},
		"http_output.ca_path: open ":                                      {CAPath: "gone"},
		"holds no certificate in PEM form; name a directory":              {CAPath: "none"},
		"http_output: read client_cert and client_key, which mtls asks":   {CACert: "ca.crt", MTLS: true, ClientCert: "gone", ClientKey: "client.key"},
		"which mtls asks for: tls: private key does not match public key": {CACert: "ca.crt", MTLS: true, ClientCert: "client.crt", ClientKey: "stranger.key"},
	} {
		if _, err := NewHTTP(p.paths(o)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	// Nothing is read where nothing is encrypted.
	if _, err := NewHTTP(HTTPOptions{URL: "http://h", CAPath: "/none", MTLS: true}); err != nil {
		t.Error(err)
	}
}

// Certificates are read again at Reopen; such that cannot be used change nothing.
func TestHTTPReopen(t *testing.T) {
	p := newPKI(t, false)
	o := p.paths(HTTPOptions{CACert: "used.crt"})
	put := func(name string) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, o.CACert, b)
	}
	put("ca.crt")
	warned := make(chan error, 1)
	o.Warn = func(err error) { warned <- err }
	c := post(t, o, Options{})
	send := func(i int, sent bool) {
		t.Helper()
		before := c.Sent()
		sendAll(c, i, i)
		settled(t, c, uint64(i))
		if (c.Sent() > before) != sent {
			t.Errorf("alert %d sent: %v", i, !sent)
		}
	}
	send(1, true)
	put("path/README")
	c.Reopen()
	if err := <-warned; !strings.Contains(err.Error(), "ca_cert") {
		t.Error(err)
	}
	send(2, true)
	put("other.crt")
	c.Reopen()
	send(3, false)
	put("ca.crt")
	c.Reopen()
	send(4, true)
	mustClose(t, c)
}
