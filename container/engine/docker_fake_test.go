package engine

import (
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// fakeDocker answers like a Docker daemon, or like none.
type fakeDocker struct {
	socket string
	// ping is the daemon's newest API.
	ping string
	// answers are bodies by path, without the version.
	answers map[string]string
	// handle answers what answers has not, nil for "no such thing".
	handle http.HandlerFunc

	mu    sync.Mutex
	asked []string // paths with the version and the query
}

// start serves until the test ends, and checks that the engine leaves no
// goroutine behind then.
func (f *fakeDocker) start(t *testing.T) *Docker {
	t.Helper()
	others := goleak.IgnoreCurrent()
	f.socket = filepath.Join(shortTempDir(t), "d.sock")
	listener, err := net.Listen("unix", f.socket)
	if err != nil {
		t.Fatal(err)
	}
	if f.ping == "" {
		f.ping = "1.41"
	}
	server := &http.Server{Handler: f}
	served := make(chan struct{})
	go func() { server.Serve(listener); close(served) }()
	d := NewDocker(f.socket)
	t.Cleanup(func() {
		d.Close()
		server.Close()
		<-served
		goleak.VerifyNone(t, others)
	})
	return d
}

func (f *fakeDocker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.URL.RequestURI())
	f.mu.Unlock()
	if r.URL.Path == "/_ping" {
		w.Header().Set("Api-Version", f.ping)
		w.Write([]byte("OK"))
		return
	}
	path := r.URL.Path
	if _, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok {
		path = "/" + rest
	}
	switch answer, ok := f.answers[path]; {
	case ok:
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(answer))
	case f.handle != nil:
		f.handle(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte(`{"message":"No such thing: ` + path + `"}`))
	}
}

// requests returns what was asked for and contains part.
func (f *fakeDocker) requests(part string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []string
	for _, uri := range f.asked {
		if strings.Contains(uri, part) {
			found = append(found, uri)
		}
	}
	return found
}
