package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/gyrsec/gyr/config"
	"github.com/gyrsec/gyr/sensor"
)

const (
	// maxConnections bounds what a flood of connections costs; see admission.
	maxConnections = 128
	maxHeaderBytes = 8 << 10
	// readLimit is how long a request may take to come, writeLimit how long its
	// answer may take.
	readLimit  = 3 * time.Second
	writeLimit = 10 * time.Second
	// stopLimit is how long requests may take that are being served at the end.
	stopLimit = time.Second
)

// Sensor is whom the server tells about. Its methods are called by several
// goroutines.
type Sensor interface {
	// Health is nil while events flow, or says on one line why they do not.
	Health() error
	Metrics() (sensor.Metrics, error)
}

// Options of a Server.
type Options struct {
	Webserver config.Webserver
	// Metrics offers /metrics, if Webserver.Prometheus is set too.
	Metrics bool
	Version string // Gyr's
	Sensor  Sensor
	Log     *slog.Logger
}

// Server is an HTTP server that runs.
type Server struct {
	http  http.Server
	ended chan struct{}
	log   *slog.Logger
	url   string
}

// Start listens and serves until Stop. An error says what is wrong with which
// key of the configuration.
func Start(o Options) (*Server, error) {
	w := o.Webserver
	var certificates []tls.Certificate
	if w.SSL {
		c, err := tls.LoadX509KeyPair(w.SSLCertificate, w.SSLCertificate)
		if err != nil {
			return nil, fmt.Errorf("webserver: the certificate of webserver.ssl_certificate cannot be used: %s: %w; name a PEM file with certificate and private key, or set webserver.ssl_enabled to false", w.SSLCertificate, err)
		}
		certificates = []tls.Certificate{c}
	}
	handler, err := newHandler(o)
	if err != nil {
		return nil, err
	}
	listener, err := listen(w)
	if err != nil {
		return nil, err
	}
	s := &Server{
		http: http.Server{
			Handler: answering(handler), ConnContext: withGuest, MaxHeaderBytes: maxHeaderBytes, ReadTimeout: readLimit, WriteTimeout: writeLimit,
			ErrorLog: slog.NewLogLogger(o.Log.With("in", "webserver").Handler(), slog.LevelDebug),
		},
		ended: make(chan struct{}), log: o.Log,
	}
	// Whoever keeps a connection open keeps one of few from others; those who ask
	// do so every few seconds.
	s.http.SetKeepAlivesEnabled(false)
	scheme := "http"
	listener = newAdmission(listener, maxConnections)
	if w.SSL {
		scheme = "https"
		listener = tls.NewListener(listener, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12})
	}
	s.url = scheme + "://" + listener.Addr().String()
	go s.serve(listener)
	return s, nil
}

// listen takes the port. An IPv4 address means IPv4 only, as it says.
func listen(w config.Webserver) (net.Listener, error) {
	ip, err := netip.ParseAddr(w.ListenAddress)
	if err != nil {
		return nil, fmt.Errorf("webserver.listen_address: %w", err)
	}
	network := "tcp"
	if ip.Is4() {
		network = "tcp4"
	}
	address := net.JoinHostPort(w.ListenAddress, strconv.Itoa(w.ListenPort))
	l, err := net.Listen(network, address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("webserver: port %d is taken, perhaps by another instance of gyr or by Falco (listen on %s: %w); stop that, set webserver.listen_port to a free port, or webserver.enabled to false", w.ListenPort, address, syscall.EADDRINUSE)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("webserver: %s is no address of this machine (%w); set webserver.listen_address to one that is, or to 0.0.0.0 for all", w.ListenAddress, syscall.EADDRNOTAVAIL)
	case err != nil:
		return nil, fmt.Errorf("webserver: %w; set webserver.listen_address and webserver.listen_port to others, or webserver.enabled to false", err)
	}
	return l, nil
}

// URL is where the server is reached, without a path. The host is the address it
// listens on, which may stand for all of the machine's.
func (s *Server) URL() string { return s.url }

func (s *Server) serve(l net.Listener) {
	defer close(s.ended)
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("webserver: it has ended; health and metrics are told no more", "error", err)
	}
}

// Stop lets go of the port and returns when the requests under way have been
// answered, at most a second later.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // nobody is left to tell
	}
	<-s.ended
}
