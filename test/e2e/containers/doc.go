// Package containers holds the end-to-end tests with real container runtimes:
// Docker, containerd by its CRI plugin, and Podman run containers, and gyr, the
// program, names each of them in its alerts: with all runtimes as they are, and
// with ones that are slow, broken or away.
//
// They run with GYR_E2E=containers, as root, and skip themselves, saying so,
// without it; `make e2e-containers` installs what they need.
package containers
