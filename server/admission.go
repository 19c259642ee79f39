package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// patience is how long a connection may take to bring its request while others
// wait for its place.
const patience = 50 * time.Millisecond

// admission bounds the connections there are at a time. Where there are too many,
// the one that has been without a request for longest makes room: whoever opens
// connections and says nothing must not keep a probe from its answer, or the
// sensor is taken for dead and ended. Those whose requests are being answered
// keep their places.
type admission struct {
	net.Listener
	limit int

	mu     sync.Mutex
	guests []*guest      // in the order they came
	left   chan struct{} // one of them has
	closed chan struct{}
	close  func() error
}

// guest is a connection that was let in.
type guest struct {
	net.Conn
	from  *admission
	came  time.Time
	asked bool // guarded by from.mu
}

func newAdmission(l net.Listener, limit int) *admission {
	a := &admission{Listener: l, limit: limit, left: make(chan struct{}, 1), closed: make(chan struct{})}
	a.close = sync.OnceValue(func() error {
		close(a.closed)
		return l.Close()
	})
	return a
}

// Accept lets the next connection in, as soon as there is room for it.
func (a *admission) Accept() (net.Conn, error) {
	c, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for {
		g, wait := a.admit(c)
		if g != nil {
			return g, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-a.left:
		case <-timer.C:
		case <-a.closed:
			timer.Stop()
			_ = c.Close()
			return nil, net.ErrClosed
		}
		timer.Stop()
	}
}

// admit lets a connection in if there is room, or one that has to make room; else
// it tells when to try again at the latest.
func (a *admission) admit(c net.Conn) (g *guest, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if len(a.guests) >= a.limit {
		i := slices.IndexFunc(a.guests, func(g *guest) bool { return !g.asked })
		if i < 0 {
			return nil, writeLimit
		}
		if wait := a.guests[i].came.Add(patience).Sub(now); wait > 0 {
			return nil, wait
		}
		_ = a.guests[i].Conn.Close() // it said nothing
		a.guests = slices.Delete(a.guests, i, i+1)
	}
	g = &guest{Conn: c, from: a, came: now}
	a.guests = append(a.guests, g)
	return g, 0
}

// Close implements net.Listener.
func (a *admission) Close() error { return a.close() }

// Close implements net.Conn.
func (g *guest) Close() error {
	a := g.from
	a.mu.Lock()
	if i := slices.Index(a.guests, g); i >= 0 {
		a.guests = slices.Delete(a.guests, i, i+1)
	}
	a.mu.Unlock()
	select {
	case a.left <- struct{}{}:
	default:
	}
	return g.Conn.Close()
}

// guestKey is the key of a request's guest in its context.
type guestKey struct{}

// withGuest is an http.Server's ConnContext.
func withGuest(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return context.WithValue(ctx, guestKey{}, c)
}

// answering notes that a request's connection has brought it.
func answering(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
			g.from.mu.Lock()
			g.asked = true
			g.from.mu.Unlock()
		}
		h.ServeHTTP(w, r)
	})
}
