// Package runtimes starts and stops real container runtimes for tests: Docker,
// containerd with its CRI plugin, and Podman, each with data, sockets and
// configuration of its own below one directory, so that nothing of a runtime
// that the machine itself runs is touched. Only tests import it.
//
// It needs root and Debian's docker.io, containerd, runc, podman, crun, conmon
// and busybox-static, and fails a test, saying what is missing, where one of
// them is not there. It needs no registry: images are made from busybox.
//
// Containers have no network of their own to speak of ("none", or the host's):
// no bridge is made and no rule of the firewall changed. All is gone at the end
// of the test: daemons by their process ids, then what they left, and the test
// fails where a process, a mount or a control group remains.
package runtimes
