// Report reads what `go test -json` writes and prints what a person wants of
// it: the line of each package, each skipped test with its reason, each failed
// test with all it said, each live test. Results of several runs can be kept
// in a file and summed up at the end.
//
//	go test -json ./... | report -append results.json
//	report -summary results.json
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	keep := flag.String("append", "", "add the results read from standard input to `FILE`")
	sum := flag.String("summary", "", "print the summary of the results in `FILE`, and read no input")
	flag.Parse()
	if err := run(*keep, *sum, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(keep, sum string, in io.Reader, out io.Writer) error {
	if sum != "" {
		results, err := load(sum)
		if err != nil {
			return err
		}
		summarize(out, results)
		return nil
	}
	results, err := newStream(out).read(in)
	if err != nil || keep == "" {
		return err
	}
	return store(keep, results)
}

// load reads the results kept in a file; a file that does not exist holds none.
func load(name string) ([]result, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var results []result
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var r result
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			return results, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		results = append(results, r)
	}
}

// store appends results to a file.
func store(name string, results []result) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	e := json.NewEncoder(f)
	for _, r := range results {
		if err := e.Encode(r); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}
