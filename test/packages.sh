#!/usr/bin/env bash
# Installs the Debian packages the tests and the eBPF compiler need, with the
# argument e2e those of the end-to-end tests, too: those that are missing, and none
# where there is no apt-get or no root. What a test needs and does not find, it
# says when it skips itself.
set -euo pipefail

packages=(
	clang-16       # compiles the eBPF objects
	llvm-16        # llvm-strip-16, which takes the debug sections out of them
	libbpf-dev     # bpf_helpers.h and its like
	busybox-static # the root file system of test containers
	runc           # runs them
	iproute2       # network namespaces and addresses of network tests
	make
	git
)
e2e=(
	docker.io                  # the container runtimes under test
	containerd
	podman
	crun
	conmon                     # podman's
	etcd-server                # what a Kubernetes cluster consists of and is not built by us
	containernetworking-plugins
	iptables
)
case "${1:-}" in
e2e) packages+=("${e2e[@]}") ;;
"") ;;
*)
	echo "packages: no such group of packages: $1" >&2
	exit 2
	;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "packages: no apt-get here; the tests use what is installed"
	exit 0
fi

missing=()
for package in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "packages: missing ${missing[*]}, and only root can install them"
	exit 0
fi

echo "packages: installing ${missing[*]} from Debian"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_missing() {
	apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
# The package lists may be absent or stale: fetch them, then install.
if ! { apt-get update -qq && install_missing; } >"$log" 2>&1 </dev/null; then
	cat "$log" >&2
	echo "packages: could not install ${missing[*]}; what needs them will be skipped or fail" >&2
	exit 1
fi
