#!/usr/bin/env bash
# Builds every test of this folder and runs each under LD_PRELOAD of the library given (none: the
# C library's malloc). Prints a table, closes with "N passed, N failed, N skipped"; 1 on failure.
#   run.sh [LIBRARY.so]
#   BUILD=dir  where to build        T=name  only tests whose name contains it
set -u
export LC_ALL=C
cd "$(dirname "$0")" || exit 2
library=${1:-}
here=$PWD
root=$(cd ../.. && pwd)
build=${BUILD:-build}
[[ $build == /* ]] || build=$root/$build
out=$build/tests/alloc
logs=$out/logs
passed=0 failed=0 skipped=0
mkdir -p "$logs" || exit 2
if [[ -n $library ]]; then
    [[ $library == /* ]] || library=$(cd "$OLDPWD" && realpath "$library")
    [[ -r $library ]] || { echo "alloc: $library is not there: build first"; exit 2; }
fi

warn=(-Wall -Wextra -Werror -Wno-unused-result
    -Wno-alloc-size-larger-than -Wno-use-after-free -Wno-free-nonheap-object)
# A malloc whose result is not used may be left out, unless it is a function like any other.
plain=(-O1 -g -D_GNU_SOURCE -pthread -fno-builtin)

# Rebuilt when it, promise.h or this script is newer.
build_one() { # source program
    [[ $2 -nt $1 && $2 -nt promise.h && $2 -nt run.sh ]] && return 0
    if [[ $1 == *.cc ]]; then
        "${CXX:-g++}" -std=c++17 "${plain[@]}" "${warn[@]}" -Wno-sized-deallocation -o "$2" "$1"
    else
        "${CC:-gcc}" -std=gnu11 "${plain[@]}" "${warn[@]}" -o "$2" "$1" -ldl
    fi
}

run_one() { # name program
    local status log=$logs/$1.log
    if [[ -n $library ]]; then
        LD_PRELOAD=$library timeout 300 "$2" >"$log" 2>&1
    else
        timeout 300 "$2" >"$log" 2>&1
    fi
    status=$?
    case $status in
    0) passed=$((passed + 1)) && printf '  ok    %s\n' "$1" ;;
    77) skipped=$((skipped + 1)) && printf '  skip  %-36s %s\n' "$1" "$(tail -n 1 "$log")" ;;
    *)
        failed=$((failed + 1))
        printf '  FAIL  %-36s status %d: %s\n' "$1" "$status" "$(grep -av '^seed' "$log" | tail -n 1)"
        ;;
    esac
}

for source in "$here"/*.c "$here"/*.cc; do
    name=$(basename "${source%.*}")
    [[ -z ${T:-} || $name == *"$T"* ]] || continue
    if build_one "$source" "$out/$name"; then
        run_one "$name" "$out/$name"
    else
        failed=$((failed + 1))
        printf '  FAIL  %-36s does not compile\n' "$name"
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
