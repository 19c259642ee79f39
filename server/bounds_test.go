package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gyrsec/gyr/sensor"
)

// dial opens a connection that says nothing.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A request too large or never finished is ended, whatever comes after.
func TestBounds(t *testing.T) {
	t.Parallel() // it waits
	srv := start(t, options(&standin{}))
	slow := dial(t, srv)
	fmt.Fprint(slow, "GET /healthz HTTP/1.1\r\n")

	large := dial(t, srv)
	go fmt.Fprintf(large, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 4*maxHeaderBytes))
	got, err := http.ReadResponse(bufio.NewReader(large), nil)
	if err != nil || got.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a large header: %v, %v", got, err)
	}

	began := time.Now()
	if _, err := io.Copy(io.Discard, slow); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*readLimit {
		t.Errorf("a request never finished was waited for for %v", took)
	}
	if !ask(t, http.DefaultClient, "GET", srv.URL()+"/healthz").closed {
		t.Error("the connection is kept")
	}
}

// However many connect and say nothing, the others get their turn.
func TestFlood(t *testing.T) {
	t.Parallel()
	srv := start(t, options(&standin{}))
	for range 8 * maxConnections {
		dial(t, srv)
	}
	// Who asks is not to wait until each of them has had readLimit.
	ctx, cancel := context.WithTimeout(t.Context(), readLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", srv.URL()+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
}

// gauge counts who asks at the same time, and keeps them waiting.
type gauge struct {
	blocked
	now, most atomic.Int64
}

func (g *gauge) Health() error {
	n := g.now.Add(1)
	defer g.now.Add(-1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
	<-g.let
	return nil
}

// However many ask, few are served at a time, and all in the end.
func TestConnections(t *testing.T) {
	t.Parallel()
	g := &gauge{blocked: blocked{let: make(chan struct{})}}
	srv := start(t, options(g))
	var all []net.Conn
	for range maxConnections + 50 {
		c := dial(t, srv)
		fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		all = append(all, c)
	}
	for g.now.Load() < maxConnections {
		time.Sleep(time.Millisecond)
	}
	// Time for one more, which must not come.
	for deadline := time.Now().Add(200 * time.Millisecond); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if n := g.now.Load(); n > maxConnections {
			t.Fatalf("%d at a time", n)
		}
	}
	close(g.let)
	for i, c := range all {
		if got, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || got.StatusCode != 200 {
			t.Fatalf("request %d: %v, %v", i, got, err)
		}
	}
	if n := g.most.Load(); n != maxConnections {
		t.Errorf("%d at a time, want %d", n, maxConnections)
	}
}

// blocked is a sensor that answers when it is let.
type blocked struct{ asked, let chan struct{} }

func (b *blocked) Health() error {
	close(b.asked)
	<-b.let
	return nil
}

func (b *blocked) Metrics() (sensor.Metrics, error) { return sensor.Metrics{}, nil }

func TestStopWaitsForAnswers(t *testing.T) {
	b := &blocked{make(chan struct{}), make(chan struct{})}
	srv, err := Start(options(b))
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		got, err := http.Get(srv.URL() + "/healthz")
		if err == nil {
			_, err = io.Copy(io.Discard, got.Body)
			got.Body.Close()
		}
		answered <- err
	}()
	<-b.asked
	stopped := make(chan struct{})
	go func() {
		srv.Stop()
		close(stopped)
	}()
	// New connections are refused at once.
	address := strings.TrimPrefix(srv.URL(), "http://")
	for {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		c.Close()
	}
	close(b.let)
	if err := <-answered; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	<-stopped
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	b := &blocked{make(chan struct{}), make(chan struct{})}
	defer close(b.let)
	srv, err := Start(options(b))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if got, err := http.Get(srv.URL() + "/healthz"); err == nil {
			got.Body.Close()
			t.Error("answered")
		}
	}()
	<-b.asked
	began := time.Now()
	srv.Stop()
	if took := time.Since(began); took > 10*stopLimit {
		t.Errorf("took %v", took)
	}
	<-ended
}
