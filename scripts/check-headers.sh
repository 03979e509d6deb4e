#!/usr/bin/env bash
# Each header of src, allocators and workloads compiles alone, first and only, under gcc and clang.
#   BUILD=dir  where the build is (its gen/ holds the headers that are made)
#   COMPILERS="gcc clang"
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
export BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
read -ra compilers <<<"${COMPILERS:-gcc clang}"

for compiler in "${compilers[@]}"; do
    if ! command -v "$compiler" >/dev/null; then
        echo "headers: $compiler is not installed (scripts/install-deps.sh --test)"
        exit 1
    fi
done
if [[ ! -e $BUILD/gen/commands.inc ]]; then
    echo "headers: $BUILD/gen/commands.inc is not there (make headers makes it)"
    exit 1
fi

# A file of one line: a header compiled as such would not be asked for all it needs.
compile() { # header compiler
    local out
    out=$(printf '#include "%s"\n' "$1" |
        "$2" -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Wstrict-prototypes -Wundef \
            -Werror -I. -Isrc -Iallocators -Iworkloads -Iallocators/hakmem -I"$BUILD/gen" \
            -x c - 2>&1) && return 0
    printf '%s does not compile alone under %s:\n%s\n' "$1" "$2" "$out"
    return 1
}
export -f compile

mapfile -t headers < <(find src allocators workloads -name '*.h' | sort)
if [[ ${#headers[@]} -eq 0 ]]; then
    echo "headers: none found: nothing was checked"
    exit 1
fi
for compiler in "${compilers[@]}"; do
    printf "%s\0$compiler\0" "${headers[@]}"
done >"$work/pairs"
if ! xargs -0 -n 2 -P "$(nproc)" bash -c 'compile "$@"' compile <"$work/pairs"; then
    echo "headers: not every one of ${#headers[@]} compiles alone"
    exit 1
fi
echo "headers: ${#headers[@]} compile alone under ${compilers[*]}"
