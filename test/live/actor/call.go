package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gyrsec/gyr/event"
)

// expectation is how a call has to go.
type expectation int

const (
	succeeds expectation = iota
	fails                // "!" before its name
	either               // "?" before its name
)

// call is one system call.
type call struct {
	name   string
	number uintptr
	want   expectation
	args   []argument
}

// callAll makes system calls one after the other on one thread. A result can be
// an argument of the calls after it; the first are given.
func callAll(words []string, results []uintptr) error {
	// @0 is what was before the first call, @1 the first call's result.
	if len(results) == 0 {
		results = []uintptr{0}
	}
	for len(words) > 0 {
		var one []string
		one, words = cut(words)
		c, err := parse(one)
		if err != nil {
			return err
		}
		result, err := c.make(results)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	return nil
}

// cut takes the words up to a comma off.
func cut(words []string) (first, rest []string) {
	for i, w := range words {
		if w == "," {
			return words[:i], words[i+1:]
		}
	}
	return words, nil
}

// parse reads a call: its name and its arguments, see [parseArgument].
func parse(words []string) (call, error) {
	if len(words) == 0 {
		return call{}, errors.New("no call between commas")
	}
	c := call{name: words[0]}
	switch c.name[:min(1, len(c.name))] {
	case "!":
		c.want = fails
	case "?":
		c.want = either
	}
	c.name = strings.TrimLeft(c.name, "!?")
	number, err := numberOf(c.name)
	if err != nil {
		return call{}, err
	}
	c.number = number
	if len(words) > 7 {
		return call{}, fmt.Errorf("%s: a call has 6 arguments at most", c.name)
	}
	for _, w := range words[1:] {
		a, err := parseArgument(w)
		if err != nil {
			return call{}, fmt.Errorf("%s: %w", c.name, err)
		}
		c.args = append(c.args, a)
	}
	return c, nil
}

func numberOf(name string) (uintptr, error) {
	for t := range event.Types {
		info := event.Describe(t)
		if info.Name != name || info.Call == nil {
			continue
		}
		number := info.Call.AMD64
		if runtime.GOARCH == "arm64" {
			number = info.Call.ARM64
		}
		if number >= 0 {
			return uintptr(number), nil
		}
	}
	return 0, fmt.Errorf("no call %s on %s", name, runtime.GOARCH)
}

func (c call) make(results []uintptr) (uintptr, error) {
	var values [6]uintptr
	for i, a := range c.args {
		v, err := a.value(results)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
		values[i] = v
	}
	result, _, errno := unix.Syscall6(c.number, values[0], values[1], values[2], values[3], values[4], values[5])
	runtime.KeepAlive(c.args)
	switch {
	case errno != 0 && c.want == succeeds:
		return 0, fmt.Errorf("%s: %w", c.name, errno)
	case errno == 0 && c.want == fails:
		return 0, fmt.Errorf("%s has to fail and did not", c.name)
	}
	return result, nil
}
