package output

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// syslogSockets are where syslog daemons listen, journald among them.
var syslogSockets = [...]string{"/dev/log", "/var/run/syslog", "/var/run/log"}

// facilityUser is the facility of alerts, as Falco's.
const facilityUser = 1

// SyslogOptions say how alerts are logged.
type SyslogOptions struct {
	// Tag is what the messages are told to be from.
	Tag string
	// Sockets are tried in turn; nil stands for those that are usual.
	Sockets []string
}

// syslog is a receiver that logs each alert with the machine's syslog daemon.
//
// The form is the one that the C library's syslog() has, and not that of RFC 5424:
// of the two it is the one that every daemon reads at its local socket.
type syslog struct {
	options SyslogOptions
	conn    net.Conn
	stream  bool // of bytes: messages end with a NUL
	found   bool // there was a daemon, once
	message []byte
}

// NewSyslog returns a receiver that logs with the machine's syslog daemon, with
// the alert's priority. It finds the daemon again after that was restarted. While
// there has never been one, it returns ErrNobody.
func NewSyslog(o SyslogOptions) Receiver {
	if o.Sockets == nil {
		o.Sockets = syslogSockets[:]
	}
	return &syslog{options: o}
}

func (s *syslog) Deliver(ctx context.Context, b Block) error {
	if s.conn != nil {
		if err := s.send(ctx, b); err == nil || ctx.Err() != nil || tooLong(err) {
			return err
		}
		// The daemon was restarted, and listens at a new socket perhaps.
	}
	if err := s.dial(ctx); err != nil {
		return err
	}
	return s.send(ctx, b)
}

func (s *syslog) dial(ctx context.Context) error {
	s.Close(ctx)
	var errs []error
	for _, path := range s.options.Sockets {
		conn, err := dialSyslog(ctx, path)
		if err == nil {
			s.conn, s.stream, s.found = conn, conn.LocalAddr().Network() == "unix", true
			return nil
		}
		errs = append(errs, err)
	}
	err := errors.Join(errs...)
	nobody := func(err error) bool {
		return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
	}
	if !s.found && !slices.ContainsFunc(errs, func(err error) bool { return !nobody(err) }) {
		return fmt.Errorf("no syslog daemon listens at %s: %w", strings.Join(s.options.Sockets, ", "), ErrNobody)
	}
	return err
}

// dialSyslog connects to a socket for messages, or for a stream of them.
func dialSyslog(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixgram", path)
	if errors.Is(err, syscall.EPROTOTYPE) {
		return d.DialContext(ctx, "unix", path)
	}
	return conn, err
}

// send logs one alert.
func (s *syslog) send(ctx context.Context, b Block) error {
	conn := s.conn
	defer context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Unix(1, 0)) })()
	m := append(s.message[:0], '<')
	m = strconv.AppendInt(m, facilityUser<<3|int64(b.Priority), 10)
	m = append(m, '>')
	m = time.Now().AppendFormat(m, time.Stamp)
	m = append(append(append(m, ' '), s.options.Tag...), '[')
	m = strconv.AppendInt(m, int64(os.Getpid()), 10)
	m = append(append(m, "]: "...), trimLine(b.Text)...)
	if s.stream {
		m = append(m, 0)
	}
	s.message = m
	if _, err := conn.Write(m); err != nil {
		if tooLong(err) {
			return permanent{err}
		}
		s.Close(ctx)
		return err
	}
	return nil
}

func (s *syslog) Reopen(ctx context.Context) { s.Close(ctx) }

func (s *syslog) Close(context.Context) {
	if s.conn != nil {
		_ = s.conn.Close() // nothing is held back in it
		s.conn = nil
	}
}

// tooLong reports whether the socket takes no message of that length.
func tooLong(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }
