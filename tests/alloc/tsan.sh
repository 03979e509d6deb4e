#!/usr/bin/env bash
# hakmem's threads under ThreadSanitizer: its code and a driver of remote frees, ending threads
# and adopted heaps in one program. Superslabs lie where ThreadSanitizer allows mappings.
# Closes with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sources=()
for source in allocators/hakmem/*.c; do
    case $source in */override.c | */operators.c | */deepbind.c | */plugin.c) ;; *) sources+=("$source") ;; esac
done
if ! "${CC:-gcc}" -std=gnu11 -g -O1 -D_GNU_SOURCE -fsanitize=thread -pthread -DHK_PLACE_SHARE=1024u -Iallocators/hakmem \
    -o "$folder/threads" tests/alloc/tsan/threads.c "${sources[@]}" >"$folder/log" 2>&1; then
    cat "$folder/log"
    echo "0 passed, 1 failed"
    exit 1
fi
passed=0 failed=0
for seed in 1 2 3; do
    if TSAN_OPTIONS="halt_on_error=0 exitcode=66" "$folder/threads" "$seed" >"$folder/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        head -n 60 "$folder/log"
    fi
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
