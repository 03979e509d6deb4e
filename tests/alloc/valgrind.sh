#!/usr/bin/env bash
# Some of malloc's promises with the allocator itself under valgrind: what it reads before it was
# written, and what it touches outside its mappings. Closes with "N passed, N failed".
#   valgrind.sh [LIBRARY.so]     BUILD=dir  where to build
# valgrind's own malloc stays out of it (nouserintercepts), so the blocks are not checked, the
# allocator is. Not here: what valgrind cannot run (limits, filters, exec of /proc/self/exe), what
# asks libstdc++ (whose operators valgrind replaces), and what takes minutes.
set -u
cd "$(dirname "$0")/../.." || exit 2
library=$(realpath "${1:-build/libhakmem.so}") || exit 2
programs=${BUILD:-build}/tests/alloc
tests=(malloc_zero_is_distinct calloc_of_nothing_is_a_block realloc_of_null_is_malloc
    realloc_too_large_keeps_the_block reallocarray_overflow_fails free_of_null_is_nothing
    posix_memalign_of_nothing_works valloc_is_page_aligned pvalloc_rounds_up_to_pages
    library_results_are_freeable constructors_may_allocate key_destructors_may_allocate
    "model_stress 3 3000 7")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0
for test in "${tests[@]}"; do
    read -ra words <<<"$test"
    for source in tests/alloc/"${words[0]}".c*; do
        BUILD=${BUILD:-build} tests/alloc/run.sh --build "$PWD/$source"
    done
    if timeout 300 valgrind -q --error-exitcode=66 --soname-synonyms=somalloc=nouserintercepts \
        --trace-children=yes env "LD_PRELOAD=$library" "$programs/${words[0]}" "${words[@]:1}" \
        >"$log" 2>&1 </dev/null && ! grep -q '^==[0-9]*== [A-Z]' "$log"; then
        passed=$((passed + 1))
        echo "  ok    ${words[0]}"
    else
        failed=$((failed + 1))
        echo "  FAIL  ${words[0]}"
        head -n 40 "$log"
    fi
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
