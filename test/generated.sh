#!/usr/bin/env bash
# Fails when a generated file in this tree is not what `go generate` makes of
# its sources. The generators run in a copy, so the tree itself stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}

for tool in clang-16 llvm-strip-16; do
	if ! command -v "$tool" >/dev/null; then
		echo "generated: $tool is not here; install it, or run make test-deps as root" >&2
		exit 1
	fi
done

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tree"
if git rev-parse --git-dir >/dev/null 2>&1; then
	# Files git knows and files it would add, less those deleted in the tree.
	git ls-files -z --cached --others --exclude-standard --deduplicate |
		while IFS= read -r -d '' file; do
			if [ -e "$file" ]; then printf '%s\0' "$file"; fi
		done | tar -c --null -T - | tar -x -C "$copy/tree"
else
	tar -c --exclude=./bin --exclude=./.git . | tar -x -C "$copy/tree"
fi
cp -a "$copy/tree" "$copy/before"

(cd "$copy/tree" && $GO generate ./...)

if ! difference=$(diff -rq "$copy/before" "$copy/tree" | sed -e "s#$copy/##g"); then
	echo "$difference" >&2
	diff -ru "$copy/before" "$copy/tree" | head -60 >&2 || true
	echo "generated: the files above are stale or missing: run make generate and commit them" >&2
	exit 1
fi
echo "generated: up to date"
