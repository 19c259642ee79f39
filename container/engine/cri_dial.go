package engine

import (
	"context"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const (
	// maxMessage bounds an answer, which holds a list of all containers at most;
	// the kubelet sets the same limit.
	maxMessage = 16 << 20
	// A socket is cheap to try, and a runtime that has started again should not be
	// noticed late.
	minBackoff, maxBackoff = 50 * time.Millisecond, time.Second
	// connectLimit is how long a runtime may take for the first word: as long as for
	// an answer, or one that is slow would never be connected.
	connectLimit = 10 * time.Second
	// settle is how long a stream of events is given to be refused, or to be taken
	// up by the runtime, which never says that it has.
	settle = 50 * time.Millisecond
)

// dial prepares a connection to a runtime's unix socket. It is made when first
// used and, after it was lost, again, at most one try a second. A call meanwhile
// fails at once.
func dial(socket string) (*grpc.ClientConn, error) {
	var dialer net.Dialer
	// The path is kept out of the target, which is read as a URL.
	conn, err := grpc.NewClient("passthrough:///localhost",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", socket)
		}),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: minBackoff, Multiplier: 1.6, Jitter: 0.2, MaxDelay: maxBackoff},
			MinConnectTimeout: connectLimit,
		}),
		grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", socket, err)
	}
	return conn, nil
}

// notFound reports whether a runtime answered that it does not have something.
func notFound(err error) bool { return status.Code(err) == codes.NotFound }

// receive reads a stream of events in a goroutine, until it ends, so that
// something else can be waited for, too. The error that ended it is the last
// thing sent. The goroutine ends when ctx, which is the stream's, is done.
func receive[T any](ctx context.Context, next func() (T, error)) <-chan received[T] {
	all := make(chan received[T])
	go func() {
		defer close(all)
		for {
			value, err := next()
			select {
			case all <- received[T]{value, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return all
}

type received[T any] struct {
	value T
	err   error
}

// follow hands on what a stream sends. It calls connected when the stream has
// not failed for a moment.
func follow[T any](ctx context.Context, next func() (T, error), connected func(), tell func(T)) error {
	ctx, cancel := context.WithCancel(ctx)
	all := receive(ctx, next)
	defer func() {
		cancel()
		for range all { // until the goroutine has ended
		}
	}()
	settled := time.NewTimer(settle)
	defer settled.Stop()
	for {
		select {
		case r, ok := <-all:
			if !ok {
				return ctx.Err()
			}
			if r.err != nil {
				return r.err
			}
			tell(r.value)
		case <-settled.C:
			connected()
		}
	}
}
