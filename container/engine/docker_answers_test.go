package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// endless writes until the client goes away.
func endless(w http.ResponseWriter, chunk string) {
	for {
		if _, err := io.WriteString(w, chunk); err != nil {
			return
		}
	}
}

func TestDockerBadAnswers(t *testing.T) {
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		ping   string
		handle http.HandlerFunc
		want   string // part of the error
		is     error
	}{
		"not found":         {handle: status(404, `{"message":"No such container: x"}`), want: "No such container: x", is: ErrNotFound},
		"not found, Podman": {handle: status(404, `{"cause":"no such container","message":"no container with name","response":404}`), want: "no container with name", is: ErrNotFound},
		"not found, odd":    {handle: status(404, `nope`), want: `"nope"`, is: ErrNotFound},
		"error":             {handle: status(500, `{"message":"disk is full"}`), want: `500 Internal Server Error: "disk is full"`},
		"error, long":       {handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); endless(w, "long ") }, want: `500 Internal Server Error: "long long`},
		"redirect": {handle: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
		}, want: "301 Moved"},
		"no content":   {handle: status(204, ""), want: "204 No Content"},
		"nothing":      {handle: status(200, ""), want: "ends too early"},
		"HTML":         {handle: status(200, "<html><body>Welcome to nginx</body></html>"), want: "not that of Docker's API"},
		"a list":       {handle: status(200, `[]`), want: "not that of Docker's API"},
		"null":         {handle: status(200, `null`), want: "another container"},
		"empty object": {handle: status(200, `{}`), want: "another container"},
		"another":      {handle: status(200, `{"Id":"`+idB+`"}`), want: "another container"},
		"wrong type":   {handle: status(200, `{"Id":"`+idA+`","HostConfig":{"Privileged":"yes"}}`), want: "not that of Docker's API"},
		"truncated":    {handle: status(200, `{"Id":"`+idA+`","Name":"/we`), want: "ends too early", is: io.ErrUnexpectedEOF},
		"too short": {handle: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"Id":"`)
		}, want: "ends too early", is: io.ErrUnexpectedEOF},
		"endless name": {handle: func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"Name":"`)
			endless(w, strings.Repeat("a", 4096))
		}, want: "longer than"},
		"endless spaces":  {handle: func(w http.ResponseWriter, _ *http.Request) { endless(w, strings.Repeat(" ", 4096)) }, want: "longer than"},
		"deep":            {handle: func(w http.ResponseWriter, _ *http.Request) { endless(w, strings.Repeat(`{"a":`, 1000)) }, want: "not that of Docker's API"},
		"hangs up":        {handle: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, want: "EOF"},
		"no version":      {ping: "none", want: `says Api-Version "none"`},
		"another version": {ping: "2.0", want: `says Api-Version "2.0"`},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeDocker{ping: c.ping, handle: c.handle}
			d := f.start(t)
			_, err := d.Inspect(t.Context(), idA)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), d.Name()+": container a1a1a1a1a1a1: ") {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) || errors.Is(err, ErrNotFound) != (c.is == ErrNotFound) {
				t.Errorf("error %v is not %v", err, c.is)
			}
			if len(err.Error()) > 600 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

// What is no id would name another container, or another path.
func TestDockerInspectTakesIDs(t *testing.T) {
	f := &fakeDocker{answers: map[string]string{"/containers/web/json": `{"Id":"web"}`}}
	d := f.start(t)
	for _, id := range []string{"", "web", idA[:12], idA + "0", strings.ToUpper(idA), "../../images/json?x=" + idA[:44], "sha256:" + idA} {
		if _, err := d.Inspect(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if asked := f.requests(""); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
}

func TestDockerThatHangs(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	header := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"Id":"`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	for name, handle := range map[string]http.HandlerFunc{"before the answer": hang, "within the answer": header} {
		t.Run(name, func(t *testing.T) {
			d := (&fakeDocker{handle: handle}).start(t)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, inspected := d.Inspect(ctx, idA)
			_, listed := d.List(ctx)
			for _, err := range []error{inspected, listed} {
				if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrNotFound) {
					t.Error(err)
				}
			}
		})
	}
}

// What the container's own answer says is worth having without the image's.
func TestDockerWhoseImagesHang(t *testing.T) {
	f := &fakeDocker{
		answers: map[string]string{"/containers/" + idA + "/json": withIDs(`{"Id":"<A>","Name":"/web","Image":"sha256:<I>","Config":{"Image":"debian:12"}}`)},
		handle:  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	d := f.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	got, err := d.Inspect(ctx, idA)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "web" || got.ImageRepository != "debian" || got.ImageTag != "12" || got.ImageID != idI {
		t.Errorf("%+v", got)
	}
	if len(d.images.all) != 0 {
		t.Error("the failure is kept")
	}
}

func TestDockerList(t *testing.T) {
	f := &fakeDocker{answers: map[string]string{
		"/containers/json": withIDs(`[{"Id":"<A>","Names":["/web"],"Ports":[{"PrivatePort":80}]},{"Id":"<B>"},{"Id":"../x"},null,{}]`),
	}}
	d := f.start(t)
	got, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{idA, idB}, got); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
	if diff := cmp.Diff([]string{"/v1.41/containers/json?all=true"}, f.requests("containers")); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

// A daemon is asked by its own version of the API; one that came in the place
// of another, by its.
func TestDockerVersion(t *testing.T) {
	f := &fakeDocker{ping: "1.999", handle: func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1.41/") {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"message":"client version is too new. Maximum supported API version is 1.41"}`)
			return
		}
		io.WriteString(w, `[]`)
	}}
	d := f.start(t)
	if _, err := d.List(t.Context()); err == nil || !strings.Contains(err.Error(), "too new") {
		t.Errorf("the daemon's own error is missing: %v", err)
	}
	f.ping = "1.41"
	for range 2 {
		if _, err := d.List(t.Context()); err != nil {
			t.Error(err)
		}
	}
	want := []string{"/_ping", "/v1.56/containers/json?all=true", "/_ping", "/v1.41/containers/json?all=true", "/v1.41/containers/json?all=true"}
	if diff := cmp.Diff(want, f.requests("")); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

func TestDockerAnswersPingWithAnError(t *testing.T) {
	f := &fakeDocker{}
	d := f.start(t)
	for code, is404 := range map[int]bool{404: true, 503: false} {
		d.api.client.Transport = answering{code, "not here"}
		_, err := d.Inspect(t.Context(), idA)
		if err == nil || !strings.Contains(err.Error(), `to /_ping: "not here"`) || errors.Is(err, ErrNotFound) {
			t.Errorf("%d (%v): %v", code, is404, err)
		}
	}
}

// answering answers every request alike.
type answering struct {
	code int
	body string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.code, Status: http.StatusText(a.code), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// Whatever a daemon answers, it is described or refused.
func FuzzDockerAnswer(f *testing.F) {
	f.Add(`{"Id":"`+idA+`"}`, `{}`)
	f.Add(withIDs(`{"Id":"<A>","Image":"sha256:<I>","Created":"2026-11-23T10:54:06Z","Config":{"Image":"01fe","Labels":{"io.kubernetes.pod.name":"w","io.kubernetes.sandbox.id":"<A>"},
		"Healthcheck":{"Test":["CMD-SHELL","x"]},"Shell":["a"]},"HostConfig":{"NetworkMode":"container:<A>"},"Mounts":[{"Source":"/a"}],"NetworkSettings":{"Networks":{"a":{"IPAddress":"1.2.3.4"}}}}`),
		withIDs(`{"RepoTags":["a:1"],"RepoDigests":["a@<HASH>"]}`))
	f.Fuzz(func(t *testing.T, container, image string) {
		d := NewDocker("/nowhere")
		version := "/v1.41"
		d.api.version.Store(&version)
		d.api.client.Transport = byPath{"/containers/": container, "/images/": image}
		details, err := d.Inspect(t.Context(), idA)
		if (details == nil) == (err == nil) {
			t.Fatalf("%v and %v", details, err)
		}
		if err != nil {
			return
		}
		if details.Created < 0 || details.Started < 0 {
			t.Errorf("times %d and %d", details.Created, details.Started)
		}
	})
}

// byPath answers by the path's beginning after the version.
type byPath map[string]string

func (p byPath) RoundTrip(r *http.Request) (*http.Response, error) {
	for prefix, body := range p {
		if strings.HasPrefix(r.URL.Path, "/v1.41"+prefix) {
			return answering{http.StatusOK, body}.RoundTrip(r)
		}
	}
	return answering{http.StatusNotFound, ""}.RoundTrip(r)
}
