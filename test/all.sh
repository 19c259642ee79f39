#!/usr/bin/env bash
# Everything there is to test, in one go; `make test` calls it. Runs to the end
# whatever fails on the way, closes with one summary, and exits 1 if anything
# failed. Live tests are those named TestLive...: they watch a running kernel,
# need root, and run one package at a time so that they do not see each other.
set -uo pipefail
cd "$(dirname "$0")/.."

GO=${GO:-go}
FUZZTIME=${FUZZTIME:-20000x}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=$work/results.json
failed=()

stage() { # NAME COMMAND...
	local name=$1
	shift
	echo "== $name"
	if ! "$@"; then
		failed+=("$name")
		echo "== $name FAILED"
	fi
}

go_test() { # FLAGS...
	$GO test -json "$@" | "$work/report" -append "$results"
}

# One run for each target: go test fuzzes one at a time.
fuzz() {
	local file target status=0
	while IFS=: read -r file target; do
		go_test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" "./$(dirname "$file")" || status=1
	done < <(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . |
		sed -e 's#^\./##' -e 's#:func #:#' | sort)
	return $status
}

if ! $GO build -buildvcs=false -o "$work/report" ./test/report; then
	echo "test: cannot build the reporter" >&2
	exit 1
fi

stage packages test/packages.sh
stage vet "$GO" vet ./...
stage unit go_test -skip '^TestLive' ./...
if [ "$(id -u)" != 0 ]; then
	echo "test: not root, so the live tests will skip themselves; sudo make test runs them"
fi
stage live go_test -count=1 -p 1 -run '^TestLive' ./...
stage fuzz fuzz

echo "== summary"
"$work/report" -summary "$results"
if [ ${#failed[@]} -gt 0 ]; then
	echo "failed stages: ${failed[*]}"
	exit 1
fi
