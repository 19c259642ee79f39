package main

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// openWays read a file by calls and names that hide which it is.
func openWays() map[string]way {
	return map[string]way{
		"open":    {"FILE", openPlain},
		"dirfd":   {"DIRECTORY NAME", openAt},
		"openat2": {"RESOLVE DIRECTORY NAME", openAt2},
		"rename":  {"FROM TO", rename},
		"handle":  {"FILE", openByHandle},
		"opath":   {"FILE", openByPathDescriptor},
		"long":    {"FILE", openLongName},
		"deep":    {"DIRECTORY DEPTH NAME-LENGTH", openDeep},
	}
}

func openPlain(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Open(args[0], unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

// directory is a descriptor that names a directory and cannot be read.
func directory(name string) (int, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return -1, fmt.Errorf("open %s: %w", name, err)
	}
	return fd, nil
}

func openAt(args []string) error {
	want, err := identityOf(args[0] + "/" + args[1])
	if err != nil {
		return err
	}
	dir, err := directory(args[0])
	if err != nil {
		return err
	}
	fd, err := unix.Openat(dir, args[1], unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

// openAt2 has flags by which a name means another file than it seems to.
func openAt2(args []string) error {
	resolve, ok := map[string]uint64{
		"none": 0, "in_root": unix.RESOLVE_IN_ROOT, "beneath": unix.RESOLVE_BENEATH, "no_symlinks": unix.RESOLVE_NO_SYMLINKS,
		"no_magiclinks": unix.RESOLVE_NO_MAGICLINKS, "no_xdev": unix.RESOLVE_NO_XDEV, "cached": 0x20,
	}[args[0]]
	if !ok {
		return fmt.Errorf("no flag %q", args[0])
	}
	want, err := identityOf(args[1] + "/" + strings.TrimLeft(args[2], "./")) // one cannot get above the root
	if err != nil {
		return err
	}
	dir, err := directory(args[1])
	if err != nil {
		return err
	}
	fd, err := unix.Openat2(dir, args[2], &unix.OpenHow{Flags: unix.O_RDONLY, Resolve: resolve})
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

func rename(args []string) error {
	return unix.Renameat2(unix.AT_FDCWD, args[0], unix.AT_FDCWD, args[1], 0)
}

// openByHandle names a file by its handle, without any path.
func openByHandle(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, args[0], 0)
	if err != nil {
		return fmt.Errorf("name_to_handle_at: %w", err)
	}
	// Any open object says which file system; this one is not the file.
	mount, err := unix.Open(args[0][:strings.LastIndexByte(args[0], '/')+1], unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	fd, err := unix.OpenByHandleAt(mount, handle, unix.O_RDONLY)
	if err != nil {
		return fmt.Errorf("open_by_handle_at: %w", err)
	}
	return readFrom(fd, want)
}

// openByPathDescriptor opens what it got by a call that cannot read.
func openByPathDescriptor(args []string) error {
	want, err := identityOf(args[0])
	if err != nil {
		return err
	}
	path, err := unix.Open(args[0], unix.O_PATH, 0)
	if err != nil {
		return err
	}
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", path), unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

// pathMax is PATH_MAX: no name may be longer, with the zero at its end.
const pathMax = 4096

// longName is the longest name of a file there is: its directory, as often as
// it fits "./" and "../DIRECTORY/", the file.
func longName(file string) (string, error) {
	slash := strings.LastIndexByte(file, '/')
	if slash < 1 {
		return "", errors.New("needs a file in a directory")
	}
	dir, name := file[:slash], file[slash+1:]
	around := strings.Repeat("../", strings.Count(dir, "/")) + strings.TrimPrefix(dir, "/") + "/"
	b := dir + "/"
	for len(b)+len(around)+len(name) < pathMax/2 {
		b += around
	}
	for len(b)+2+len(name) < pathMax {
		b += "./"
	}
	for len(b)+len(name) < pathMax-1 {
		b += "/"
	}
	return b + name, nil
}

func openLongName(args []string) error {
	name, err := longName(args[0])
	if err != nil {
		return err
	}
	if len(name) != pathMax-1 {
		return fmt.Errorf("the name has %d bytes", len(name))
	}
	return openPlain([]string{name})
}

// deepDirectory makes directories in each other and goes into the innermost.
func deepDirectory(top string, depth, length int) error {
	if err := unix.Chdir(top); err != nil {
		return err
	}
	for i := range depth {
		name := fmt.Sprintf("%0*d", length, i)
		if err := unix.Mkdir(name, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("mkdir at depth %d: %w", i, err)
		}
		if err := unix.Chdir(name); err != nil {
			return fmt.Errorf("chdir at depth %d: %w", i, err)
		}
	}
	return nil
}

// openDeep makes a file below many directories and reads it from there.
func openDeep(args []string) error {
	var depth, length int
	if _, err := fmt.Sscan(args[1]+" "+args[2], &depth, &length); err != nil {
		return err
	}
	if err := deepDirectory(args[0], depth, length); err != nil {
		return err
	}
	const name = "id_deep"
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT, 0o600)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, []byte("key\n")); err != nil {
		return err
	}
	want, err := identityOf(name)
	if err != nil {
		return err
	}
	fd, err = unix.Open(name, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}
