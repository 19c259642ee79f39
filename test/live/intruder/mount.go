package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// mountWays give a file another path than the one rules know.
func mountWays() map[string]way {
	return map[string]way{
		"chroot":        {"ROOT NAME", openInRoot},
		"userns-chroot": {"ROOT NAME", openInRootOfUserNamespace},
		"tree":          {"DIRECTORY NAME", openInTree},
	}
}

// openInRoot reads a file after its directory has become the root.
func openInRoot(args []string) error {
	want, err := identityOf(strings.TrimSuffix(args[0], "/") + "/" + strings.TrimPrefix(args[1], "/"))
	if err != nil {
		return err
	}
	if err := unix.Chroot(args[0]); err != nil {
		return fmt.Errorf("chroot %s: %w", args[0], err)
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	fd, err := unix.Open(args[1], unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}

// openInRootOfUserNamespace does it as a user does who may not chroot: in a user
// namespace in which he may.
func openInRootOfUserNamespace(args []string) error {
	cmd := exec.Command("/proc/self/exe", "chroot", args[0], args[1])
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = newUserNamespace()
	return cmd.Run()
}

// openInTree reads a file in a copy of its directory's mount that is mounted
// nowhere, so that it has no path.
func openInTree(args []string) error {
	want, err := identityOf(args[0] + "/" + args[1])
	if err != nil {
		return err
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, args[0], unix.OPEN_TREE_CLONE|unix.O_CLOEXEC)
	if err != nil {
		return fmt.Errorf("open_tree: %w", err)
	}
	fd, err := unix.Openat(tree, args[1], unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return readFrom(fd, want)
}
