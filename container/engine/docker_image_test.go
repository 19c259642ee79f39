package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Of many containers of one image that are started together the first asks for
// it, and the others wait.
func TestDockerImageIsAskedForOnce(t *testing.T) {
	const containers = 200
	answer := make(chan struct{})
	f := &fakeDocker{answers: map[string]string{}}
	f.handle = func(w http.ResponseWriter, _ *http.Request) {
		<-answer
		fmt.Fprint(w, withIDs(`{"RepoDigests":["debian@<HASH>"]}`))
	}
	ids := make([]string, containers)
	for i := range ids {
		ids[i] = fmt.Sprintf("%064x", i)
		f.answers["/containers/"+ids[i]+"/json"] = `{"Id":"` + ids[i] + `","Image":"sha256:` + idI + `","Config":{"Image":"debian:12"}}`
	}
	d := f.start(t)
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			got, err := d.Inspect(t.Context(), id)
			if err != nil || got.ImageDigest != hash {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	for len(f.requests("/containers/")) < containers {
		time.Sleep(time.Millisecond)
	}
	close(answer)
	all.Wait()
	if n := len(f.requests("/images/")); n != 1 {
		t.Errorf("asked %d times for the image", n)
	}
}

// answerAfter answers for an image after a while, and counts in asked how often.
func answerAfter(asked *atomic.Int32, wait time.Duration, err error) func(context.Context, string) (*dockerImage, error) {
	return func(ctx context.Context, id string) (*dockerImage, error) {
		asked.Add(1)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
		if err != nil {
			return nil, err
		}
		return &dockerImage{RepoTags: []string{id}}, nil
	}
}

// An error is told to those that waited, and the next asks again. Who has no
// more time does not take it from others.
func TestImageCacheOfFailures(t *testing.T) {
	broken := errors.New("broken")
	synctest.Test(t, func(t *testing.T) {
		c := newImageCache()
		var asked atomic.Int32
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := c.get(t.Context(), "a", answerAfter(&asked, time.Second, broken)); !errors.Is(err, broken) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := asked.Load(); n != 1 || len(c.all) != 0 {
			t.Errorf("asked %d times, %d kept", n, len(c.all))
		}

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		all.Go(func() {
			if _, err := c.get(short, "a", answerAfter(&asked, time.Minute, nil)); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if got, err := c.get(t.Context(), "a", answerAfter(&asked, time.Second, nil)); err != nil || got.RepoTags[0] != "a" {
				t.Error(got, err)
			}
		})
		all.Go(func() { // gives up while another asks
			hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, err := c.get(hurried, "a", answerAfter(&asked, 0, nil)); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		all.Wait()
	})
}

func TestImageCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newImageCache()
		var asked atomic.Int32
		answer := answerAfter(&asked, 0, nil)
		for _, step := range []struct {
			wait  time.Duration
			asked int32
		}{{0, 1}, {imageAge - 1, 1}, {1, 2}, {0, 2}} {
			time.Sleep(step.wait)
			c.get(t.Context(), "a", answer)
			if n := asked.Load(); n != step.asked {
				t.Errorf("asked %d times, want %d", n, step.asked)
			}
		}
		for i := range 3 * maxImages {
			c.get(t.Context(), fmt.Sprint(i), answer)
		}
		if len(c.all) != maxImages {
			t.Errorf("%d images kept, want %d", len(c.all), maxImages)
		}
	})
}

func TestSomeNames(t *testing.T) {
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "a:1"
	}
	for name, tt := range map[string]struct {
		given []string
		want  int
	}{
		"none": {nil, 0}, "usual": {[]string{"a:1", "b:2"}, 2}, "unnamed": {[]string{"<none>:<none>", "a:1"}, 1},
		"endless": {[]string{strings.Repeat("a", 1<<20), "a:1"}, 1}, "many": {many, maxNames},
	} {
		if got := someNames(tt.given); len(got) != tt.want {
			t.Errorf("%s: %d are kept, want %d", name, len(got), tt.want)
		}
	}
}
