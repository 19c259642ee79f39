package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// newestDockerAPI is the last minor version of version 1 of Docker's API whose
	// answers are known to mean what is read from them here. An older daemon is
	// asked by its own.
	newestDockerAPI = 56
	// What is read of an answer, in bytes: of one about one thing, which has about
	// 10 kB; of the list of all containers, 20 MB for 10,000; of an event.
	maxDockerObject = 4 << 20
	maxDockerList   = 64 << 20
	maxDockerEvent  = 1 << 20
	// maxDockerError bounds the text of an error.
	maxDockerError = 4 << 10
)

// dockerAPI asks a daemon that speaks Docker's API on a unix socket. It is not
// Docker's own client because that reads answers of any length, does not tell
// when a stream of events is established, and fails a whole answer over a field
// nobody asked for.
type dockerAPI struct {
	socket string
	client *http.Client
	// version is the path's first part, "/v1.41", nil until it is agreed upon.
	version atomic.Pointer[string]
}

func newDockerAPI(socket string) *dockerAPI {
	var dialer net.Dialer
	return &dockerAPI{socket: socket, client: &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, "unix", socket)
			},
			DisableCompression:     true,
			MaxIdleConns:           8,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (a *dockerAPI) close() { a.client.CloseIdleConnections() }

// get asks for path and reads the JSON value it is answered with, of at most
// limit bytes, into v. The error wraps ErrNotFound where there is no such thing.
func (a *dockerAPI) get(ctx context.Context, path string, query url.Values, limit int64, v any) error {
	resp, err := a.open(ctx, path, query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body := http.MaxBytesReader(nil, resp.Body, limit)
	if err := json.NewDecoder(body).Decode(v); err != nil {
		return answerError(ctx, err)
	}
	// The connection serves again once its answer is read to the end.
	io.CopyN(io.Discard, body, 512)
	return nil
}

// answerError says what is wrong with an answer that could not be read.
func answerError(ctx context.Context, err error) error {
	var tooLong *http.MaxBytesError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &tooLong):
		return fmt.Errorf("the answer is longer than %d bytes", tooLong.Limit)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the answer ends too early: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("the answer is not that of Docker's API: %w", err)
}

// open asks for path and returns the answer if it is a good one; its body has to
// be closed.
func (a *dockerAPI) open(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	version, err := a.agree(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := a.send(ctx, http.MethodGet, version+path, query)
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	switch message := errorMessage(resp); resp.StatusCode {
	case http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s", ErrNotFound, message)
	case http.StatusBadRequest:
		// Another daemon may have come to the socket, one that refuses this version.
		a.version.Store(nil)
		fallthrough
	default:
		return nil, fmt.Errorf("it answered %s: %s", resp.Status, message)
	}
}

// send makes one request. An error is that of the connection, without the
// request's URL, which names no place.
func (a *dockerAPI) send(ctx context.Context, method, path string, query url.Values) (*http.Response, error) {
	at := url.URL{Scheme: "http", Host: "docker", Path: path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, at.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "gyr")
	resp, err := a.client.Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return resp, err
}

// agree returns the version of the API to ask by: the daemon's, or the newest
// known here where the daemon's is newer.
func (a *dockerAPI) agree(ctx context.Context) (string, error) {
	if v := a.version.Load(); v != nil {
		return *v, nil
	}
	resp, err := a.send(ctx, http.MethodGet, "/_ping", nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("it answered %s to /_ping: %s", resp.Status, errorMessage(resp))
	}
	io.CopyN(io.Discard, resp.Body, 512)
	said := resp.Header.Get("Api-Version")
	minor, isFirst := strings.CutPrefix(said, "1.")
	n, err := strconv.ParseUint(minor, 10, 16)
	if !isFirst || err != nil {
		return "", fmt.Errorf("what answers is not Docker's API: it says Api-Version %q", said)
	}
	version := fmt.Sprintf("/v1.%d", min(n, newestDockerAPI))
	a.version.Store(&version)
	return version, nil
}

// errorMessage is what an answer with a bad status says, in quotes.
func errorMessage(resp *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxDockerError))
	var said struct{ Message string }
	if json.Unmarshal(text, &said) != nil || said.Message == "" {
		said.Message = strings.TrimSpace(string(text))
	}
	return fmt.Sprintf("%.200q", said.Message)
}
