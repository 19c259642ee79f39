#!/usr/bin/env bash
# Runs end-to-end tests on real container runtimes, as root: installs what they
# need, builds once what no package has, and prints what was tested.
#
#   test/e2e/run.sh containers|kubernetes [FLAGS OF go test...]
set -euo pipefail
cd "$(dirname "$0")/../.."

GO=${GO:-go}
what=${1:?containers or kubernetes}
shift

test/packages.sh e2e
packages=("./test/e2e/$what/")
if [ "$what" = kubernetes ]; then
	packages+=(./test/deploy/) # with helm, it tests what the chart makes
	GYR_E2E_KUBERNETES=$(GO=$GO test/cluster/kubernetes/build)
	GYR_E2E_IMAGE=${GYR_E2E_IMAGE:-$PWD/bin/gyr-image.tar}
	GYR_E2E_HELM=$(GO=$GO test/deploy/helm/build.sh)
	export GYR_E2E_KUBERNETES GYR_E2E_IMAGE GYR_E2E_HELM
fi
# With -v, because the figures the tests print are worth reading.
GYR_E2E=$what $GO test -v -count=1 -p 1 -timeout 30m "$@" "${packages[@]}"
