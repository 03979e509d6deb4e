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

mapfile -t headers < <(find src allocators workloads -name '*.h' | sort)
if [[ ${#headers[@]} -eq 0 ]]; then
    echo "headers: none found: nothing was checked"
    exit 1
fi
# A file of one line for each: a header compiled as such would not be asked for all it needs.
for header in "${headers[@]}"; do
    printf '#include "%s"\n' "$header" >"$work/${header//\//,}.c"
done

# Many at once, as a compiler's start is dear; where they do not pass, each by itself, to name it.
try() { # compiler file...
    "$1" -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Wstrict-prototypes -Wundef \
        -Werror -I. -Isrc -Iallocators -Iworkloads -Iallocators/hakmem -I"$BUILD/gen" "${@:2}" 2>&1
}
compile() { # compiler file...
    local file out header wrong=0
    try "$@" >/dev/null && return
    for file in "${@:2}"; do
        out=$(try "$1" "$file") && continue
        header=${file##*/} header=${header%.c} wrong=1
        printf '%s does not compile alone under %s:\n%s\n' "${header//,//}" "$1" "$out"
    done
    return $wrong
}
export -f try compile

# Where a compiler has modules, each header is one: compiled by itself as well, but all in one process.
# What does not pass so is looked at one by one.
pass_as_modules() { # compiler
    local header
    mkdir -p "$work/modules" || return
    for header in "${headers[@]}"; do
        printf 'module %s { header "%s" export * }\n' "${header//[^a-zA-Z0-9]/_}" "$PWD/$header"
    done >"$work/modules/map"
    cat "$work"/*.c >"$work/modules/all.c"
    try "$1" -fmodules -fmodule-map-file="$work/modules/map" -fmodules-cache-path="$work/modules/cache" \
        "$work/modules/all.c" >/dev/null
}

each=$((${#headers[@]} / $(nproc) + 1))
for compiler in "${compilers[@]}"; do
    [[ $compiler != *clang* ]] || ! pass_as_modules "$compiler" || continue
    printf '%s\0' "$work"/*.c | xargs -0 -n $each -P "$(nproc)" bash -c 'compile "$@"' compile "$compiler" ||
        failed=yes
done
if [[ -n ${failed:-} ]]; then
    echo "headers: not every one of ${#headers[@]} compiles alone"
    exit 1
fi
echo "headers: ${#headers[@]} compile alone under ${compilers[*]}"
