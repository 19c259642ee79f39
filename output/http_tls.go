package output

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// tls is how servers are checked, and who we say we are.
func (o *HTTPOptions) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.Insecure}
	var err error
	if !o.Insecure {
		if c.RootCAs, err = o.trusted(); err != nil {
			return nil, err
		}
	}
	if o.MTLS {
		own, err := tls.LoadX509KeyPair(o.ClientCert, o.ClientKey)
		if err != nil {
			return nil, fmt.Errorf("http_output: read client_cert and client_key, which mtls asks for: %w", err)
		}
		c.Certificates = []tls.Certificate{own}
	}
	return c, nil
}

// trusted are the certificates that servers are checked with; nil stands for the
// system's.
func (o *HTTPOptions) trusted() (*x509.CertPool, error) {
	switch {
	case o.CACert != "":
		return pool("ca_cert", o.CACert)
	case o.CABundle != "":
		return pool("ca_bundle", o.CABundle)
	case o.CAPath == "":
		return nil, nil
	}
	entries, err := os.ReadDir(o.CAPath)
	if err != nil {
		return nil, fmt.Errorf("http_output.ca_path: %w; name a directory of certificates, or a file of them as ca_cert", err)
	}
	all, found := x509.NewCertPool(), false
	for _, entry := range entries {
		// Links to files that are gone, directories and keys are common there.
		data, err := os.ReadFile(filepath.Join(o.CAPath, entry.Name()))
		if err == nil && all.AppendCertsFromPEM(data) {
			found = true
		}
	}
	if !found {
		return nil, fmt.Errorf("http_output.ca_path: %s holds no certificate in PEM form; name a directory that does, or a file as ca_cert", o.CAPath)
	}
	return all, nil
}

// pool reads a file of certificates.
func pool(key, file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("http_output.%s: %w", key, err)
	}
	all := x509.NewCertPool()
	if !all.AppendCertsFromPEM(data) {
		return nil, errors.New("http_output." + key + ": " + file + " holds no certificate in PEM form")
	}
	return all, nil
}
