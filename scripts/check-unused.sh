#!/usr/bin/env bash
# Every external function and table of src has a user in src.
#   no user in another object, nor in its own file   dead, even if tests use it
#   no user in another object, nor in the tests      should be static
# What only its own file and the tests use is fine: tests reach a part of the file through it.
# Usage: check-unused.sh [BUILD]
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
build=${1:-build}
faults=0

mapfile -t objects < <(find "$build/obj/src" -name '*.o' 2>/dev/null | sort)
[[ ${#objects[@]} -gt 0 ]] || { echo "$build/obj/src holds no objects: build first"; exit 1; }
defined() { nm --print-file-name --defined-only --extern-only --format=posix "${objects[@]}"; }
undefined() { nm --undefined-only --format=posix "${objects[@]}"; }

# The words of a C file without its comments.
words_of() { sed -E 's@/\*([^*]|\*[^/])*\*/@@g; s@//.*@@; /^ *\/\*/,/\*\//d' "$1" | grep -oE '\w+'; }

# The compiler's own names (sanitizers, coverage) start with __.
while read -r name object; do
    object=${object%:}
    source=${object#"$build/obj/"}
    source=${source%.o}.c
    [[ -e $source ]] || continue # an object of a file that is gone
    if [[ $(words_of "$source" | grep -cx "$name") -lt 2 ]]; then
        echo "$source: $name has no user in src"
    elif ! grep -rqwF "$name" tests --include='*.[ch]'; then
        echo "$source: $name has no user outside this file: static"
    else
        continue
    fi
    faults=$((faults + 1))
done < <(awk 'NR == FNR { used[$1] = 1; next }
    !($2 in used) && $2 !~ /^(__|main$)/ { print $2, $1 }' <(undefined) <(defined))

if [[ $faults -ne 0 ]]; then
    echo "unused: $faults external symbols without a user"
    exit 1
fi
echo "unused: every external symbol of ${#objects[@]} objects has a user"
