package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxFile bounds what is read of one file: configurations have some ten
// kilobytes, and the list of a thousand containers of Podman less than one
// megabyte.
const maxFile = 4 << 20

// rootFiles reads files below a folder and nowhere else: symbolic links lead
// where they would lead if the folder were the root, those of /proc nowhere.
type rootFiles struct {
	name string
	dir  *os.File
}

func openRoot(name string) (*rootFiles, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the host's root folder: %w", &os.PathError{Op: "open", Path: name, Err: err})
	}
	return &rootFiles{name: name, dir: os.NewFile(uintptr(fd), name)}, nil
}

func (r *rootFiles) Close() error { return r.dir.Close() }

// find opens a path without access to its content. The error wraps ErrNotFound
// where there is none.
func (r *rootFiles) find(path string, flags uint64) (*os.File, error) {
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC | flags,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	connection, err := r.dir.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	var failed error
	err = connection.Control(func(root uintptr) {
		// The kernel gives up with EAGAIN when something on the way was renamed.
		for range 10 {
			fd, failed = unix.Openat2(int(root), path, &how)
			if failed != unix.EAGAIN && failed != unix.EINTR {
				return
			}
		}
	})
	switch {
	case err != nil:
		return nil, err
	case failed == unix.ENOENT, failed == unix.ENOTDIR, failed == unix.ELOOP, failed == unix.ENAMETOOLONG:
		return nil, fmt.Errorf("%s: %w", path, ErrNotFound)
	case failed != nil:
		return nil, &os.PathError{Op: "openat2", Path: r.name + "/" + path, Err: failed}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// read returns the content of a regular file.
func (r *rootFiles) read(path string) ([]byte, error) {
	content, _, err := r.readDated(path)
	return content, err
}

// readDated also returns when the file was written, in nanoseconds since the
// epoch. Anything but a regular file is never opened, because opening a device
// or a pipe may do something or wait for ever.
func (r *rootFiles) readDated(path string) (content []byte, written int64, err error) {
	found, err := r.find(path, 0)
	if err != nil {
		return nil, 0, err
	}
	defer found.Close()
	info, err := found.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s%s is no regular file, but %v", r.name, path, info.Mode())
	}
	if info.Size() > maxFile {
		return nil, 0, fmt.Errorf("%s%s has %d bytes, more than the %d that are read", r.name, path, info.Size(), maxFile)
	}
	file, err := os.Open("/proc/self/fd/" + strconv.Itoa(int(found.Fd())))
	if err != nil {
		return nil, 0, fmt.Errorf("opening %s%s: %w", r.name, path, err)
	}
	defer file.Close()
	// It may have grown since.
	content, err = io.ReadAll(io.LimitReader(file, maxFile))
	return content, info.ModTime().UnixNano(), err
}

// names lists a folder, at most max of its entries.
func (r *rootFiles) names(path string, max int) ([]string, error) {
	found, err := r.find(path, unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	folder, err := os.Open("/proc/self/fd/" + strconv.Itoa(int(found.Fd())))
	if err != nil {
		return nil, fmt.Errorf("opening %s%s: %w", r.name, path, err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(max)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, err
}
