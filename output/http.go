package output

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// requestLimit is how long a request may take, from the connection on to the
	// end of the answer.
	requestLimit = 5 * time.Second
	// maxAnswer is how much of an answer is read.
	maxAnswer = 64 << 10
	// maxEcho is how much of it is told.
	maxEcho = 4 << 10
)

// HTTPOptions say where alerts are posted, and how.
type HTTPOptions struct {
	URL       string
	UserAgent string
	// JSON says that alerts are JSON and not text.
	JSON bool
	// Insecure trusts any certificate.
	Insecure bool
	// CACert is a file with certificates that are trusted; where it is empty CABundle
	// is, and where that is empty, too, CAPath is a directory of such files. Where all
	// are empty, those of the system count.
	CACert, CABundle, CAPath string
	// MTLS shows the server the certificate in ClientCert, with the key in ClientKey.
	MTLS                  bool
	ClientCert, ClientKey string
	// Compress sends alerts compressed with gzip.
	Compress bool
	// KeepAlive has the system probe connections that are not used.
	KeepAlive bool
	// Echo, if not nil, is told what the server answers.
	Echo func(status, body string)
	// Warn is told what keeps new certificates from being used.
	Warn func(error)
}

// poster is a receiver that posts each alert to a web server.
type poster struct {
	options HTTPOptions
	client  *http.Client
	body    bytes.Buffer
}

// NewHTTP returns a receiver that posts each alert to a URL. A status of 2xx is a
// delivery; one of 4xx, but for 408 and 429, is not worth another try. A request
// takes no longer than 5 s. Its error tells what is wrong with the certificates.
func NewHTTP(o HTTPOptions) (Receiver, error) {
	client, err := newClient(&o)
	if err != nil {
		return nil, err
	}
	return &poster{options: o, client: client}, nil
}

func newClient(o *HTTPOptions) (*http.Client, error) {
	// Nothing else is asked of the certificates where nothing is encrypted.
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{
			KeepAlive: -1, KeepAliveConfig: net.KeepAliveConfig{Enable: o.KeepAlive},
		}).DialContext,
		MaxIdleConns: 1, IdleConnTimeout: time.Minute, DisableCompression: true,
	}
	if strings.HasPrefix(strings.ToLower(o.URL), "https:") {
		var err error
		if transport.TLSClientConfig, err = o.tls(); err != nil {
			return nil, err
		}
	}
	return &http.Client{
		Transport: transport,
		Timeout:   requestLimit,
		// The receiver is the one that is configured, and no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func (p *poster) Deliver(ctx context.Context, b Block) error {
	request, err := p.request(ctx, trimLine(b.Text))
	if err != nil {
		return permanent{err}
	}
	answer, err := p.client.Do(request)
	if err != nil {
		// The address may hold a secret that has no place in a log.
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return err
	}
	defer answer.Body.Close()
	// Reading it to the end is what lets the connection be used again.
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if p.options.Echo != nil {
		p.options.Echo(answer.Status, string(body[:min(len(body), maxEcho)]))
	}
	switch code := answer.StatusCode; {
	case code/100 == 2:
		// It has been taken, whatever became of the rest of the answer.
		return nil
	case code/100 == 3:
		return permanent{fmt.Errorf("the server answers %s: http_output.url must be the address that it names, %q", answer.Status, answer.Header.Get("Location"))}
	case code/100 == 4 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests:
		return permanent{fmt.Errorf("the server answers %s", answer.Status)}
	default:
		return errors.Join(fmt.Errorf("the server answers %s", answer.Status), err)
	}
}

func (p *poster) request(ctx context.Context, text []byte) (*http.Request, error) {
	if p.options.Compress {
		p.body.Reset()
		z := gzip.NewWriter(&p.body)
		_, err := z.Write(text)
		if err := errors.Join(err, z.Close()); err != nil {
			return nil, err
		}
		text = p.body.Bytes()
	}
	// The transport may still read the body when the request has failed.
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.options.URL, bytes.NewReader(bytes.Clone(text)))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "text/plain")
	if p.options.JSON {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.options.Compress {
		request.Header.Set("Content-Encoding", "gzip")
	}
	request.Header.Set("User-Agent", p.options.UserAgent)
	return request, nil
}

// Reopen reads the certificates anew; where they cannot be used, those there
// were stay in use.
func (p *poster) Reopen(ctx context.Context) {
	p.Close(ctx)
	client, err := newClient(&p.options)
	switch {
	case err == nil:
		p.client = client
	case p.options.Warn != nil:
		p.options.Warn(err)
	}
}

func (p *poster) Close(context.Context) { p.client.CloseIdleConnections() }
