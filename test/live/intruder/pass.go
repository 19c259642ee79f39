package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// passWays read a file that the reader never opened.
func passWays() map[string]way {
	return map[string]way{
		"pass":          {"FILE", pass},
		"receive":       {"DEVICE INODE", receive},
		"getfd":         {"FILE", takeDescriptor},
		"hold":          {"FILE", hold},
		"fanotify":      {"FILE READER", listen},
		"process-write": {"", writeProcess},
	}
}

// newUserNamespace starts a program as root of a user namespace of its own.
func newUserNamespace() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
}

// pass opens a file and hands it to another process over a Unix socket.
func pass(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Open(args[0], unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", "receive", fmt.Sprint(want.dev), fmt.Sprint(want.ino))
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{os.NewFile(uintptr(pair[1]), "socket")}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := unix.Sendmsg(pair[0], []byte("x"), unix.UnixRights(fd), nil, 0); err != nil {
		return fmt.Errorf("sendmsg: %w", err)
	}
	return cmd.Wait()
}

// receive reads the file it gets over the socket at descriptor 3.
func receive(args []string) error {
	var want identity
	if _, err := fmt.Sscan(args[0]+" "+args[1], &want.dev, &want.ino); err != nil {
		return err
	}
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(3, make([]byte, 1), oob, 0)
	if err != nil {
		return fmt.Errorf("recvmsg: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	return readFrom(fds[0], want)
}

// holdAt is the descriptor at which hold has its file.
const holdAt = 9

// hold opens a file and waits to be killed.
func hold(args []string) error {
	fd, err := unix.Open(args[0], unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if err := unix.Dup3(fd, holdAt, 0); err != nil {
		return err
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
	return errors.New("nobody came")
}

// takeDescriptor takes a file out of the table of another process.
func takeDescriptor(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", "hold", args[0])
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if _, err := out.Read(make([]byte, 6)); err != nil {
		return err
	}
	pidfd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	if err != nil {
		return fmt.Errorf("pidfd_open: %w", err)
	}
	fd, err := unix.PidfdGetfd(pidfd, holdAt, 0)
	if err != nil {
		return fmt.Errorf("pidfd_getfd: %w", err)
	}
	return readFrom(fd, want)
}

// listen gets a file from the kernel when another program opens it.
func listen(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	group, err := unix.FanotifyInit(unix.FAN_CLASS_NOTIF|unix.FAN_CLOEXEC, unix.O_RDONLY)
	if err != nil {
		return fmt.Errorf("fanotify_init: %w", err)
	}
	if err := unix.FanotifyMark(group, unix.FAN_MARK_ADD, unix.FAN_OPEN, unix.AT_FDCWD, args[0]); err != nil {
		return fmt.Errorf("fanotify_mark: %w", err)
	}
	if out, err := exec.Command(args[1], args[0]).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", args[1], err, out)
	}
	var events [4]unix.FanotifyEventMetadata
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(&events)), unsafe.Sizeof(events))
	if _, err := unix.Read(group, buffer); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return readFrom(int(events[0].Fd), want)
}

// writeProcess writes into memory the way that reaches other processes: its own,
// which is the same to the call.
func writeProcess([]string) error {
	value := []byte("before")
	local := unix.Iovec{Base: &value[0]}
	local.SetLen(len(value))
	remote := []unix.RemoteIovec{{Base: uintptr(unsafe.Pointer(&value[0])), Len: len(value)}}
	_, err := unix.ProcessVMWritev(os.Getpid(), []unix.Iovec{local}, remote, 0)
	return err
}
