package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// eventLine is an event as Docker 20.10 writes it.
func eventLine(kind, action, id string) string {
	return fmt.Sprintf(`{"status":%q,"id":%q,"from":"debian:12","Type":%q,"Action":%q,"Actor":{"ID":%q,"Attributes":{"image":"debian:12","name":"web"}},"scope":"local","time":1795431272,"timeNano":1795431272911219180}`+"\n",
		action, id, kind, action, id)
}

func TestDockerFollow(t *testing.T) {
	stream := eventLine("container", "create", idA) + eventLine("container", "start", idA) +
		"\n\r\n" + // keep-alive
		eventLine("container", "exec_start: sh", idA) + eventLine("container", "die", idA) + eventLine("container", "health_status: healthy", idA) +
		eventLine("image", "create", idA) + eventLine("network", "destroy", idB) + eventLine("container", "start", "web") + `{}` + "\n" +
		eventLine("container", "rename", idB) + eventLine("container", "update", idB) + eventLine("container", "destroy", idA) +
		eventLine("container", "cleanup", idB) + strings.TrimSpace(eventLine("container", "remove", idB)) // Podman; and no line's end
	f := &fakeDocker{answers: map[string]string{"/events": stream}}
	d := f.start(t)
	connected, began := 0, time.Now()
	var got []Change
	err := d.Follow(t.Context(), func() { connected++ }, func(c Change) { got = append(got, c) })
	if !errors.Is(err, io.EOF) || connected != 1 {
		t.Errorf("error %v, connected %d times", err, connected)
	}
	want := []Change{{idA, Updated}, {idA, Updated}, {idB, Updated}, {idB, Updated}, {idA, Removed}, {idB, Removed}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n" + diff)
	}

	asked := f.requests("/events")
	if len(asked) != 1 {
		t.Fatalf("asked %q", asked)
	}
	at, err := url.Parse(asked[0])
	if err != nil {
		t.Fatal(err)
	}
	// What happens while the daemon begins to listen is not missed.
	since, err := strconv.ParseFloat(at.Query().Get("since"), 64)
	if from := time.UnixMicro(int64(since * 1e6)); err != nil || from.Before(began.Add(-time.Millisecond)) || time.Since(from) < 0 {
		t.Errorf("since %v (%v)", from, err)
	}
	var filters struct{ Type, Event map[string]bool }
	if err := json.Unmarshal([]byte(at.Query().Get("filters")), &filters); err != nil || !filters.Type["container"] || filters.Event["exec_start"] {
		t.Errorf("filters %+v (%v)", filters, err)
	}
}

func TestDockerFollowFails(t *testing.T) {
	for name, c := range map[string]struct {
		handle    http.HandlerFunc
		connected bool
		want      string
	}{
		"error":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); io.WriteString(w, "no") }, false, `500 Internal Server Error: "no"`},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, "EOF"},
		"HTML":     {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>\n") }, true, "not an event of Docker's API"},
		"too long": {func(w http.ResponseWriter, _ *http.Request) { endless(w, strings.Repeat("a", 4096)) }, true, "longer than 1048576 bytes"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, eventLine("container", "start", idA)[:100])
		}, true, "not an event"},
		"gone": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, eventLine("container", "start", idA))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, true, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			d := (&fakeDocker{handle: c.handle}).start(t)
			connected := false
			err := d.Follow(t.Context(), func() { connected = true }, func(Change) {})
			if connected != c.connected || err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), d.Name()+": events: ") {
				t.Errorf("connected %v, error %v; want %q", connected, err, c.want)
			}
		})
	}
}

func TestDockerFollowEndsWithItsContext(t *testing.T) {
	for name, answers := range map[string]bool{"while connected": true, "before": false} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{})
			d := (&fakeDocker{handle: func(w http.ResponseWriter, r *http.Request) {
				if answers {
					w.(http.Flusher).Flush()
				}
				close(asked)
				<-r.Context().Done()
			}}).start(t)
			ctx, cancel := context.WithCancel(t.Context())
			connected, ended := make(chan struct{}), make(chan error)
			go func() { ended <- d.Follow(ctx, func() { close(connected) }, func(Change) {}) }()
			<-asked
			if answers {
				<-connected
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			select {
			case <-connected:
				if !answers {
					t.Error("connected without an answer")
				}
			default:
			}
		})
	}
}

func FuzzDockerEvent(f *testing.F) {
	f.Add(eventLine("container", "start", idA))
	f.Add(eventLine("container", "destroy", idA) + "\x00{" + eventLine("image", "tag", ""))
	f.Fuzz(func(t *testing.T, stream string) {
		d := NewDocker("/nowhere")
		version := "/v1.41"
		d.api.version.Store(&version)
		d.api.client.Transport = byPath{"/events": stream}
		err := d.Follow(t.Context(), func() {}, func(c Change) {
			if !isID(c.FullID) {
				t.Errorf("a change of %q", c.FullID)
			}
		})
		if err == nil {
			t.Error("a stream that ended is no error")
		}
	})
}
