#!/usr/bin/env bash
# Builds Helm from its Go module, once: the program is kept below GYR_CACHE
# (~/.cache/gyr), by the version that go.mod beside this script pins. Prints
# where it is.
set -euo pipefail
cd "$(dirname "$0")"
GO=${GO:-go}

version=$($GO list -m -f '{{.Version}}' helm.sh/helm/v4)
dir=${GYR_CACHE:-$HOME/.cache/gyr}/helm-$version
if [ ! -x "$dir/helm" ]; then
	mkdir -p "$dir"
	# Built beside its place and moved there: whoever looks meanwhile finds none
	# or a whole one.
	new=$(mktemp "$dir/new.XXXXXX")
	trap 'rm -f "$new"' EXIT
	CGO_ENABLED=0 $GO build -buildvcs=false -trimpath \
		-ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=$version" \
		-o "$new" helm.sh/helm/v4/cmd/helm
	chmod 755 "$new"
	mv "$new" "$dir/helm"
fi
echo "$dir/helm"
