#!/usr/bin/env bash
# This tree's hakmem against another commit's, interleaved, with a verdict.
#   bench-ab.sh REV [options of hakbench rebase]
set -eu
rev=${1:?usage: bench-ab.sh REV [options of hakbench rebase]}
shift
cd "$(dirname "$0")/.."
commit=$(git rev-parse --short=12 --verify "$rev^{commit}")
folder=$(mktemp -d)
trap 'git worktree remove --force "$folder/tree" 2>/dev/null; rm -rf "$folder"' EXIT
git worktree add --quiet --detach "$folder/tree" "$commit"
make --no-print-directory -C "$folder/tree" build/allocators/hakmem.so >"$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; exit 1; }
cp "$folder/tree/build/allocators/hakmem.so" "$folder/hakmem-$commit.so"
./hakbench rebase --no-pin --allocators hakmem \
    --allocator "hakmem-$commit=$folder/hakmem-$commit.so" --reference "hakmem-$commit" "$@"
