package containers

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// mode is how a proxy treats whoever connects.
type mode int

const (
	passing mode = iota
	// slow delays all that the runtime says.
	slow
	// refusing is a socket at which nobody listens.
	refusing
	// failing answers every request with an error of the runtime's protocol.
	failing
	// garbage says something that is no answer, and hangs up.
	garbage
	// hanging takes requests and never answers.
	hanging
)

func (m mode) String() string {
	return [...]string{"passing", "slow", "refusing", "failing", "garbage", "hanging"}[m]
}

// proxy stands before a runtime's socket.
type proxy struct {
	socket, runtime string
	grpc            bool // what the runtime speaks; HTTP otherwise

	mu          sync.Mutex
	mode        mode
	slowness    time.Duration     // of slow
	listener    *net.UnixListener // nil while refusing
	connections map[net.Conn]bool
	served      int
}

// startProxy starts a proxy before the stage's runtime. Where it
// is slow, it is by so much. It ends with the test.
func (s *stage) startProxy(t *testing.T, m mode, slowness time.Duration) *proxy {
	t.Helper()
	p := &proxy{
		// Not the test's directory: the path of a socket must be short.
		socket:  filepath.Join(s.place.Dir, "proxy.sock"),
		runtime: s.socket, grpc: s.grpc, mode: refusing, slowness: slowness, connections: map[net.Conn]bool{},
	}
	p.listen(t)
	p.set(t, m)
	t.Cleanup(func() { p.set(t, refusing) })
	return p
}

// listen makes the socket.
func (p *proxy) listen(t *testing.T) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.socket + ".new", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	// The file stays when nobody listens any more, as that of a daemon that was
	// killed does.
	l.SetUnlinkOnClose(false)
	rename(t, p.socket+".new", p.socket)
	p.listener = l
	go p.accept(l)
}

// set changes how the proxy treats connections, and cuts those there are.
func (p *proxy) set(t *testing.T, m mode) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	if m == refusing && p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	if m != refusing && p.listener == nil {
		p.listen(t)
	}
	for c := range p.connections {
		c.Close()
	}
}

// requests is how many connections there were.
func (p *proxy) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served
}

func (p *proxy) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.connections[c] = true
		p.served++
		m := p.mode
		p.mu.Unlock()
		go func() {
			defer func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				delete(p.connections, c)
				c.Close()
			}()
			p.serve(c, m)
		}()
	}
}

func (p *proxy) serve(c net.Conn, m mode) {
	switch m {
	case passing, slow:
		p.pass(c, m)
	case failing:
		p.fail(c)
	case garbage:
		nonsense := make([]byte, 4096)
		rand.Read(nonsense)
		c.Write(nonsense)
	case hanging:
		io.Copy(io.Discard, c)
	}
}

// pass connects c with the runtime until either hangs up.
func (p *proxy) pass(c net.Conn, m mode) {
	r, err := net.Dial("unix", p.runtime)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.connections[r] = true // cut, too, when the mode changes
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.connections, r)
		r.Close()
	}()
	go func() {
		io.Copy(r, c)
		r.Close()
	}()
	if m == passing {
		io.Copy(c, r)
		return
	}
	delayed(c, r, p.slowness)
}

// delayed copies what r says to c, each piece so much later.
func delayed(c io.Writer, r io.Reader, by time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 1<<12)
	go func() {
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := r.Read(b)
			if n > 0 {
				pieces <- piece{b[:n], time.Now().Add(by)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		c.Write(p.bytes)
	}
}

// fail answers all requests of a connection with an error.
func (p *proxy) fail(c net.Conn) {
	l := &once{connection: c, closed: make(chan struct{})}
	if p.grpc {
		s := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
			return status.Error(codes.Internal, "the disk is full")
		}))
		go s.Serve(l)
		<-l.closed
		s.Stop()
		return
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"message":"the disk is full"}`, http.StatusInternalServerError)
	})}
	go s.Serve(l)
	<-l.closed
	s.Close()
}

// once is a listener with one connection.
type once struct {
	connection net.Conn
	taken      bool
	closed     chan struct{} // when the connection is
	close      sync.Once
}

func (l *once) Accept() (net.Conn, error) {
	if !l.taken {
		l.taken = true
		return &closing{l.connection, l}, nil
	}
	<-l.closed
	return nil, errors.New("the connection is closed")
}

func (l *once) Close() error   { return nil }
func (l *once) Addr() net.Addr { return l.connection.LocalAddr() }

// closing is a connection that tells its listener of its end.
type closing struct {
	net.Conn
	listener *once
}

func (c *closing) Close() error {
	c.listener.close.Do(func() { close(c.listener.closed) })
	return c.Conn.Close()
}
