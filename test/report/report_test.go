package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const run1 = `{"ImportPath":"x/b","Action":"build-output","Output":"b/b_test.go:1:23: undefined: y\n"}
{"Action":"fail","Package":"x/b"}
{"Action":"output","Package":"x/a","Test":"TestBad","Output":"    a_test.go:4: why\n"}
{"Action":"output","Package":"x/a","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"x/a","Test":"TestBad"}
{"Action":"output","Package":"x/a","Test":"TestGood","Output":"    a_test.go:4: noise\n"}
{"Action":"pass","Package":"x/a","Test":"TestGood"}
{"Action":"output","Package":"x/a","Test":"TestLiveX","Output":"=== RUN   TestLiveX\n"}
{"Action":"output","Package":"x/a","Test":"TestLiveX","Output":"    a_test.go:5: needs root: no: colon\n"}
{"Action":"output","Package":"x/a","Test":"TestLiveX","Output":"--- SKIP: TestLiveX (0.00s)\n"}
{"Action":"skip","Package":"x/a","Test":"TestLiveX"}
{"Action":"pass","Package":"x/a","Test":"TestLiveY"}
{"Action":"output","Package":"x/a","Output":"FAIL\n"}
{"Action":"output","Package":"x/a","Output":"FAIL\tx/a\t0.004s\n"}
{"Action":"fail","Package":"x/a"}
{"Action":"output","Package":"x/c","Output":"ok  \tx/c\t0.004s [no tests to run]\n"}
{"Action":"pass","Package":"x/c"}
go: a line that is not JSON
`

func TestStream(t *testing.T) {
	var out strings.Builder
	results, err := newStream(&out).read(strings.NewReader(run1))
	if err != nil {
		t.Fatal(err)
	}
	wantOut := `b/b_test.go:1:23: undefined: y
    a_test.go:4: why
--- FAIL: TestBad (0.00s)
--- SKIP: TestLiveX: needs root: no: colon
--- PASS: TestLiveY
FAIL	x/a	0.004s
go: a line that is not JSON
`
	if d := cmp.Diff(wantOut, out.String()); d != "" {
		t.Errorf("printed (-want +got):\n%s", d)
	}
	want := []result{
		{Package: "x/b", Outcome: "fail"},
		{Package: "x/a", Test: "TestBad", Outcome: "fail"},
		{Package: "x/a", Test: "TestGood", Outcome: "pass"},
		{Package: "x/a", Test: "TestLiveX", Outcome: "skip", Reason: "needs root: no: colon"},
		{Package: "x/a", Test: "TestLiveY", Outcome: "pass"},
	}
	if d := cmp.Diff(want, results); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
}

// A package that dies leaves tests without a result; what they said is the
// only trace of the cause.
func TestStreamDeadPackage(t *testing.T) {
	var out strings.Builder
	results, err := newStream(&out).read(strings.NewReader(
		`{"Action":"output","Package":"x/a","Test":"TestHang","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"x/a"}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "panic: test timed out\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if d := cmp.Diff([]result{{Package: "x/a", Outcome: "fail"}}, results); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
}

func TestSummaryOfSeveralRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results.json")
	var out strings.Builder
	fuzz := `{"Action":"output","Package":"x/a","Test":"FuzzA","Output":"fuzz: elapsed: 0s, execs: 1\n"}
{"Action":"output","Package":"x/a","Test":"FuzzA","Output":"fuzz: elapsed: 2s, execs: 139125\n"}
{"Action":"pass","Package":"x/a","Test":"FuzzA"}
`
	for _, in := range []string{run1, fuzz} {
		out.Reset()
		if err := run(file, "", strings.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := out.String(), "FuzzA fuzz: elapsed: 2s, execs: 139125\n"; got != want {
		t.Errorf("fuzzing printed %q, want %q", got, want)
	}
	out.Reset()
	if err := run("", file, nil, &out); err != nil {
		t.Fatal(err)
	}
	want := `skipped:
  x/a TestLiveX: needs root: no: colon
failed:
  x/b
  x/a TestBad
3 passed, 2 failed, 1 skipped
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("summary (-want +got):\n%s", d)
	}
}
