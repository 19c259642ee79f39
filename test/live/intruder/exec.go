package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// execWays run a program under a name or in a way that hides which it is.
func execWays() map[string]way {
	return map[string]way{
		"execveat":     {"FILE", execAt},
		"execveat-dir": {"DIRECTORY NAME", execInDirectory},
		"exec-memory":  {"FILE", execFromMemory},
		"exec-named":   {"NAME FILE", execNamed},
		"exec-deep":    {"FILE DIRECTORY DEPTH NAME-LENGTH", execDeep},
		"exec-padded":  {"PADDING FILE ARGUMENT", execPadded},
		"exec-thread":  {"FILE", execOnThread},
		"rename-self":  {"NAME FILE", readRenamed},
		"clone3":       {"", cloneProcess},
	}
}

func execveat(dir int, name string, flags uintptr, argv ...string) error {
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	args, err := syscall.SlicePtrFromStrings(argv)
	if err != nil {
		return err
	}
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])), flags, 0)
	return fmt.Errorf("execveat: %w", errno)
}

// execAt runs an open file: no path is passed.
func execAt(args []string) error {
	fd, err := unix.Open(args[0], unix.O_PATH, 0)
	if err != nil {
		return err
	}
	return execveat(fd, "", unix.AT_EMPTY_PATH, "true")
}

func execInDirectory(args []string) error {
	dir, err := directory(args[0])
	if err != nil {
		return err
	}
	return execveat(dir, args[1], 0, args[1])
}

// execFromMemory runs a program from a file in memory; the file's name, which may
// be anything, is a second argument.
func execFromMemory(args []string) error {
	program, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.MemfdCreate(strings.Join(args[1:], " "), 0)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, program); err != nil {
		return err
	}
	return execveat(fd, "", unix.AT_EMPTY_PATH, "true")
}

// execNamed runs a program that is told it has another name.
func execNamed(args []string) error { return unix.Exec(args[1], []string{args[0]}, os.Environ()) }

// execDeep runs a copy of a program below so many directories that no path of
// it fits a system call.
func execDeep(args []string) error {
	program, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var depth, length int
	if _, err := fmt.Sscan(args[2]+" "+args[3], &depth, &length); err != nil {
		return err
	}
	if err := deepDirectory(args[1], depth, length); err != nil {
		return err
	}
	if err := os.WriteFile("true", program, 0o700); err != nil {
		return err
	}
	return unix.Exec("./true", []string{"true"}, os.Environ())
}

// execPadded hides an argument behind so many bytes of others.
func execPadded(args []string) error {
	var padding int
	if _, err := fmt.Sscan(args[0], &padding); err != nil {
		return err
	}
	argv := []string{args[1]}
	const piece = 64
	for range padding / piece {
		argv = append(argv, strings.Repeat("x", piece-1))
	}
	return unix.Exec(args[1], append(argv, args[2]), os.Environ())
}

// execOnThread runs a program by a thread that is not the process's first.
func execOnThread(args []string) error {
	failed := make(chan error)
	for range 2 { // one of two threads is another than the first
		go func() {
			runtime.LockOSThread()
			if unix.Gettid() != unix.Getpid() {
				failed <- unix.Exec(args[0], []string{"true"}, os.Environ())
			}
			select {}
		}()
	}
	return <-failed
}

// readRenamed reads a file after the process has taken another name.
func readRenamed(args []string) error {
	// The name of the process is that of its first thread.
	if err := os.WriteFile("/proc/self/comm", []byte(args[0]), 0); err != nil {
		return err
	}
	got, err := os.ReadFile("/proc/self/comm")
	if err != nil || string(got) != args[0]+"\n" {
		return fmt.Errorf("the name is %q, %w", got, err)
	}
	return openPlain(args[1:])
}

// cloneProcess makes a process by clone3; the new one ends at once.
func cloneProcess([]string) error {
	arguments := struct{ flags, pidfd, child, parent, signal, stack, size, tls uint64 }{signal: uint64(unix.SIGCHLD)}
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&arguments)), unsafe.Sizeof(arguments), 0)
	if errno != 0 {
		return errno
	}
	if pid == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	_, err := unix.Wait4(int(pid), nil, 0, nil)
	return err
}
