// Command actor does one thing at a time that live tests need done, whatever
// name it is started under:
//
//	actor call openat -100 /etc/hosts 0 , close @1   # system calls
//	actor run PROGRAM ARGS...                        # start a program as a child, wait for it
//	actor as UID PROGRAM ARGS...                     # the same, as another user
//	actor login UID PROGRAM ARGS...                  # become it in a session of that user
//	actor memfd PROGRAM ARGS...                      # become a copy of it in memory
//	actor execveat PROGRAM ARGS...                   # become it by that call
//	actor attach CALL ARGS...                        # ptrace a child: the child's pid is @0
//	actor serve                                      # read the files named on standard input
//
// With anything else, or nothing, it ends well at once, so it passes for any
// program, too. See [parse] for the language of call.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

func main() {
	// A traced child knows one thread of its tracer only.
	runtime.LockOSThread()
	if len(os.Args) < 2 {
		return
	}
	verbs := map[string]func([]string) error{
		"call": func(args []string) error { return callAll(args, nil) },
		"run":  run, "as": runAs, "login": login, "memfd": fromMemory, "execveat": execveat, "attach": attach, "serve": serve, "wait": wait,
	}
	do, ok := verbs[os.Args[1]]
	if !ok {
		return
	}
	err := do(os.Args[2:])
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args, err)
		os.Exit(1)
	}
}
