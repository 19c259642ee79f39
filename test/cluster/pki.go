package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority signs the certificates of one cluster and writes them to files.
type authority struct {
	dir    string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	serial int64
}

// newAuthority writes ca.crt and ca.key to dir.
func newAuthority(dir string) (*authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	a := &authority{dir: dir}
	_, err := a.issue("ca", &x509.Certificate{
		Subject: pkix.Name{CommonName: "gyr-test-ca"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a, err
}

// identity is a certificate and its key, as PEM.
type identity struct{ cert, key []byte }

// sign writes NAME.crt and NAME.key for a client or a server of these names and
// addresses.
func (a *authority) sign(name string, subject pkix.Name, hosts ...string) (identity, error) {
	c := &x509.Certificate{
		Subject:     subject,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	return a.issue(name, c)
}

func (a *authority) issue(name string, c *x509.Certificate) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	a.serial++
	c.SerialNumber = big.NewInt(a.serial)
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(30*24*time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		return identity{}, fmt.Errorf("signing the certificate of %s: %w", name, err)
	}
	if a.cert == nil {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			return identity{}, err
		}
		a.key = key
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return identity{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return identity{}, err
	}
	files := map[string]*pem.Block{
		".crt": {Type: "CERTIFICATE", Bytes: der},
		".key": {Type: "EC PRIVATE KEY", Bytes: private},
		".pub": {Type: "PUBLIC KEY", Bytes: public},
	}
	for end, block := range files {
		if err := os.WriteFile(a.file(name+end), pem.EncodeToMemory(block), 0o600); err != nil {
			return identity{}, err
		}
	}
	return identity{pem.EncodeToMemory(files[".crt"]), pem.EncodeToMemory(files[".key"])}, nil
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// kubeconfig writes NAME.conf, with which a program reaches the API server as
// that user.
func (a *authority) kubeconfig(name string, subject pkix.Name) (string, error) {
	id, err := a.sign(name, subject)
	if err != nil {
		return "", err
	}
	encode := base64.StdEncoding.EncodeToString
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: %s}}]
users: [{name: user, user: {client-certificate-data: %s, client-key-data: %s}}]
contexts: [{name: test, context: {cluster: test, user: user}}]
current-context: test
`, encode(ca), encode(id.cert), encode(id.key))
	file := a.file(name + ".conf")
	return file, os.WriteFile(file, []byte(text), 0o600)
}
