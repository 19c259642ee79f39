package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func command(args []string) (*exec.Cmd, error) {
	if len(args) == 0 {
		return nil, errors.New("no program named")
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd, nil
}

func run(args []string) error {
	cmd, err := command(args)
	if err != nil {
		return err
	}
	return cmd.Run()
}

// uid takes a user id off.
func uid(args []string) (uint32, []string, error) {
	if len(args) == 0 {
		return 0, nil, errors.New("no user id")
	}
	n, err := strconv.ParseUint(args[0], 10, 32)
	return uint32(n), args[1:], err
}

func runAs(args []string) error {
	id, args, err := uid(args)
	if err != nil {
		return err
	}
	cmd, err := command(args)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	return cmd.Run()
}

// login sets the login user id, which can be set once.
func login(args []string) error {
	id, args, err := uid(args)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New("no program named")
	}
	if err := os.WriteFile("/proc/self/loginuid", []byte(strconv.Itoa(int(id))), 0); err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", args[0], syscall.Exec(args[0], args, os.Environ()))
}

func fromMemory(args []string) error {
	if len(args) == 0 {
		return errors.New("no program named")
	}
	program, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.MemfdCreate("tool", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("memfd_create: %w", err)
	}
	if _, err := os.NewFile(uintptr(fd), "memfd").Write(program); err != nil {
		return err
	}
	return fmt.Errorf("%s from memory: %w", args[0], syscall.Exec(fmt.Sprintf("/proc/self/fd/%d", fd), args, os.Environ()))
}

func execveat(args []string) error {
	if len(args) == 0 {
		return errors.New("no program named")
	}
	path, err := unix.BytePtrFromString(args[0])
	if err != nil {
		return err
	}
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	if err != nil {
		return err
	}
	here := unix.AT_FDCWD
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(here), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&env[0])), 0, 0)
	return fmt.Errorf("%s: %w", args[0], errno)
}

// attach makes a child that waits, and makes the calls with its id as @0.
func attach(args []string) error {
	cmd := exec.Command("/proc/self/exe", "wait")
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	// It runs once it has said so.
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		return err
	}
	called := callAll(args, []uintptr{uintptr(cmd.Process.Pid)})
	// A stopped child would not end by itself.
	input.Close()
	cmd.Process.Kill()
	cmd.Wait()
	return called
}

// wait is the child of attach.
func wait([]string) error {
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// serve reads the files it is told to.
func serve([]string) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		_, err := os.ReadFile(lines.Text())
		fmt.Println("read", lines.Text(), err)
	}
	return lines.Err()
}
