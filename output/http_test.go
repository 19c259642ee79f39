package output

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// posted is what a server got.
type posted struct {
	mu     sync.Mutex
	bodies []string
	header http.Header
	conns  map[string]bool
}

func (p *posted) take(r *http.Request) string {
	reader := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		reader, _ = gzip.NewReader(r.Body)
	}
	b, err := io.ReadAll(reader)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		b = fmt.Append(b, err)
	}
	p.bodies = append(p.bodies, r.Method+" "+r.URL.RequestURI()+" "+string(b))
	p.header = r.Header
	if p.conns == nil {
		p.conns = map[string]bool{}
	}
	p.conns[r.RemoteAddr] = true
	return string(b)
}

func (p *posted) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.bodies)
}

// serve answers with answer, 200 if that is nil, to what is taken down.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, body string)) (*posted, *httptest.Server) {
	t.Helper()
	p := &posted{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := p.take(r)
		if answer != nil {
			answer(w, r, body)
		}
	}))
	t.Cleanup(s.Close)
	return p, s
}

func post(t *testing.T, o HTTPOptions, c Options) *Channel {
	t.Helper()
	to, err := NewHTTP(o)
	if err != nil {
		t.Fatal(err)
	}
	return New("http", to, c)
}

func bodies(uri string, from, to int) []string {
	var all []string
	for _, a := range alerts(from, to) {
		all = append(all, "POST "+uri+" "+a)
	}
	return all
}

func TestHTTP(t *testing.T) {
	for _, compress := range []bool{false, true} {
		for _, json := range []bool{false, true} {
			p, s := serve(t, func(w http.ResponseWriter, _ *http.Request, body string) {
				w.WriteHeader(http.StatusAccepted)
				fmt.Fprint(w, "thanks for ", body)
			})
			var echoed []string
			c := post(t, HTTPOptions{
				URL: s.URL + "/x?y=z", UserAgent: "agent/1", JSON: json, Compress: compress,
				Echo: func(status, body string) { echoed = append(echoed, status+": "+body) },
			}, Options{})
			sendAll(c, 1, 50)
			mustClose(t, c)
			if diff := cmp.Diff(bodies("/x?y=z", 1, 50), p.all()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(p.conns) != 1 {
				t.Errorf("%d connections", len(p.conns))
			}
			want := []string{map[bool]string{true: "application/json", false: "text/plain"}[json], "agent/1", map[bool]string{true: "gzip"}[compress]}
			got := []string{p.header.Get("Content-Type"), p.header.Get("User-Agent"), p.header.Get("Content-Encoding")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(echoed) != 50 || echoed[49] != "202 Accepted: thanks for alert 50" {
				t.Errorf("echoed %q", echoed)
			}
		}
	}
}

// What fails for a moment is tried again before the next, and nothing is lost.
func TestHTTPRetries(t *testing.T) {
	troubles := map[string]func(w http.ResponseWriter){
		"500": func(w http.ResponseWriter) { w.WriteHeader(500) },
		"429": func(w http.ResponseWriter) { w.WriteHeader(429) },
		"reset": func(w http.ResponseWriter) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		},
	}
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := map[string]int{}
			p, s := serve(t, func(w http.ResponseWriter, _ *http.Request, body string) {
				if failed[body]++; failed[body] < 3 && body != "alert 1" {
					trouble(w)
				}
			})
			c := post(t, HTTPOptions{URL: s.URL}, Options{Retries: 5})
			sendAll(c, 1, 3)
			mustClose(t, c)
			want := slices.Concat(bodies("/", 1, 1), bodies("/", 2, 2), bodies("/", 2, 2), bodies("/", 2, 2), bodies("/", 3, 3), bodies("/", 3, 3), bodies("/", 3, 3))
			if diff := cmp.Diff(want, p.all()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.Sent() != 3 || c.Lost() != 0 {
				t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
			}
		})
	}
}

// What is refused for good is lost at once, counted, told once, and holds up no
// other.
func TestHTTPRefused(t *testing.T) {
	for _, status := range []int{301, 307, 400, 401, 404, 413} {
		p, s := serve(t, func(w http.ResponseWriter, _ *http.Request, body string) {
			if body != "alert 3" {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}
		})
		var tr trouble
		c := post(t, HTTPOptions{URL: s.URL}, tr.options(Options{Retries: 100}))
		sendAll(c, 1, 3)
		mustClose(t, c)
		if diff := cmp.Diff(bodies("/", 1, 3), p.all()); diff != "" {
			t.Errorf("%d (-want +got):\n%s", status, diff)
		}
		if c.Sent() != 1 || c.Lost() != 2 {
			t.Errorf("%d: %d sent, %d lost", status, c.Sent(), c.Lost())
		}
		tr.check(t, 1, 1)
	}
}

// A server that is away while alerts come gets them when it is back, in order.
func TestHTTPServerComesBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var tr trouble
	c := post(t, HTTPOptions{URL: "http://" + address + "/hooks/secret"}, tr.options(Options{Retries: 20}))
	sendAll(c, 1, 5)
	await(t, "the failure", func() bool { return tr.failing.Load() == 1 })
	p := &posted{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { p.take(r) }))
	s.Listener.Close()
	if s.Listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Close()
	mustClose(t, c)
	if diff := cmp.Diff(bodies("/hooks/secret", 1, 5), p.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tr.check(t, 1, 1)
}

// The address may hold a secret: no error tells it.
func TestHTTPErrorKeepsSecrets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := post(t, HTTPOptions{URL: "http://u:pass@" + l.Addr().String() + "/hooks/secret"}, Options{})
	sendAll(c, 1, 1)
	settled(t, c, 1)
	if err := c.Close(limit); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "pass") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
}

// A server that hangs delays neither another channel nor the end; what it was not
// given is counted.
func TestHTTPHangs(t *testing.T) {
	release := make(chan struct{})
	_, s := serve(t, func(http.ResponseWriter, *http.Request, string) { <-release })
	defer close(release)
	var tr trouble
	c := post(t, HTTPOptions{URL: s.URL}, tr.options(Options{Timeout: 20 * time.Millisecond, Retries: 5}))
	beside := &receiver{}
	both := Channels{c, NewWriter("stdout", beside, Options{})}
	for i := 1; i <= 10; i++ {
		both.Send(line(i))
	}
	await(t, "the other channel", func() bool { return len(beside.lines()) == 10 })
	await(t, "the timeout", func() bool { return tr.slow.Load() == 1 })
	if errs := both.Close(50 * time.Millisecond); len(errs) != 2 || !errors.Is(errs[0], ErrHangs) || errs[1] != nil {
		t.Errorf("%v", errs)
	}
	<-c.ended
	if c.Sent() != 0 || c.Lost() != 10 || both.Lost() != 10 {
		t.Errorf("%d sent, %d lost", c.Sent(), c.Lost())
	}
}

// A request takes no longer than its limit, and is then tried again.
func TestHTTPLimit(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	var n atomic.Int64
	_, s := serve(t, func(http.ResponseWriter, *http.Request, string) {
		if n.Add(1) == 1 {
			<-release
		}
	})
	c := post(t, HTTPOptions{URL: s.URL}, Options{Retries: 3})
	c.to.(*poster).client.Timeout = 500 * time.Millisecond
	sendAll(c, 1, 2)
	mustClose(t, c)
	if c.Sent() != 2 || n.Load() < 3 {
		t.Errorf("%d sent, %d requests", c.Sent(), n.Load())
	}
}
