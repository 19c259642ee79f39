package sensor

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gyrsec/gyr/alert"
	"github.com/gyrsec/gyr/config"
)

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), what)
}

// outputsOf makes an instance with one rule and these outputs.
func outputsOf(t *testing.T, text string, j io.Writer, stdout io.Writer) (*Sensor, error) {
	t.Helper()
	c, _, err := config.Parse("falco.yaml", []byte(text), nil, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(oneRule), 0o644); err != nil {
		t.Fatal(err)
	}
	c.RulesFiles = []string{file}
	return New(c, Options{Stdout: stdout, Stderr: os.Stderr, Log: slog.New(slog.NewTextHandler(j, nil))})
}

// An alert goes out on all outputs in the same form; what one of them does not
// take costs no other anything, is told once, and is counted.
func TestOutputs(t *testing.T) {
	var posts []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		posts = append(posts, string(b)+"\n")
	}))
	defer server.Close()
	dir := t.TempDir()
	t.Setenv("D", dir)
	t.Setenv("URL", server.URL)
	var j journal
	var stdout journal
	s, err := outputsOf(t, `
json_output: true
stdout_output: {enabled: true}
file_output: {enabled: true, filename: "${D}/file", keep_alive: true}
program_output: {enabled: true, program: "cat >> ${D}/program"}
http_output: {enabled: true, url: "${URL}", echo: true}
`, &j, &stdout)
	if err != nil {
		t.Fatal(err)
	}
	s.startOutputs(nil, alert.Options{})
	e := quietEvents()[0]
	handle := func() {
		e.Clock++
		e.Time += int64(time.Second)
		s.handle(e)
	}
	handle()
	for _, c := range s.outputs {
		for deadline := time.Now().Add(10 * time.Second); c.Sent() < 1; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s sent nothing", c.Name())
			}
		}
	}
	if err := os.Rename(dir+"/file", dir+"/old"); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	server.Close() // the last is refused
	handle()
	handle()
	if err := s.closeOutputs(); err != nil {
		t.Errorf("a server that is gone is told as our own error: %v", err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	want := stdout.text.String()
	if strings.Count(want, `"output_fields":{`) != 3 {
		t.Errorf("on the standard output: %s", want)
	}
	first, rest, _ := strings.Cut(want, "\n")
	for name, got := range map[string][2]string{
		"program": {want, read("program")}, "http": {first + "\n", strings.Join(posts, "")},
		"file before": {first + "\n", read("old")}, "file after": {rest, read("file")},
	} {
		if diff := cmp.Diff(got[0], got[1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	type counts struct {
		Name       string
		Sent, Lost uint64
	}
	var got []counts
	for _, c := range s.outputs {
		got = append(got, counts{c.Name(), c.Sent(), c.Lost()})
	}
	if diff := cmp.Diff([]counts{{"stdout", 3, 0}, {"file", 3, 0}, {"program", 3, 0}, {"http", 1, 2}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, n := range map[string]int{"an output fails: ": 1, "an output fails at the end": 1, "output=http": 2, "the server answers": 1} {
		if j.count(text) != n {
			t.Errorf("%q is logged %d times, want %d, in\n%s", text, j.count(text), n, j.text.String())
		}
	}
}

// A wrong certificate is found before anything is watched.
func TestOutputErrors(t *testing.T) {
	_, err := outputsOf(t, "http_output: {enabled: true, url: 'https://h', ca_cert: /none.pem}\n", io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "http_output.ca_cert: open /none.pem: no such file") {
		t.Errorf("%v", err)
	}
}

// That an output hangs is logged in the words Falco's users look for.
func TestOutputTimeout(t *testing.T) {
	var j journal
	release := make(chan struct{})
	s, err := outputsOf(t, "stdout_output: {enabled: true}\noutput_timeout: 20\noutputs_queue: {capacity: 5}\n", &j, &hung{release: release})
	if err != nil {
		t.Fatal(err)
	}
	s.startOutputs(nil, alert.Options{})
	e := quietEvents()[0]
	for range 20 {
		e.Clock++
		s.handle(e)
	}
	for deadline := time.Now().Add(10 * time.Second); j.count(`\"stdout\" output timeout`) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not logged: %s", j.text.String())
		}
	}
	if n := s.outputs.Lost(); n < 14 || n > 15 { // the one that hangs may have been taken out, or not yet
		t.Errorf("%d lost", n)
	}
	close(release)
	if err := s.closeOutputs(); err != nil {
		t.Error(err)
	}
}
