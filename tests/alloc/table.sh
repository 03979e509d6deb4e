#!/usr/bin/env bash
# Malloc's promises side by side: the libraries given, the C library, and every allocator that is
# installed and that allocators/*.c know, by the names they know it by.
#   table.sh [LIBRARY.so...]      T=word  as for run.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
libraries=("$@" -)

# The first of a plugin's names that the loader finds, the one for LD_PRELOAD before the others.
installed_of() { # plugin's source
    local name
    {
        grep -o 'preload_name = "[^"]*"' "$1"
        grep -o '"lib[^" /]*\.so[^" /]*"' "$1"
    } | sed 's/.*= //; s/"//g' | while read -r name; do
        ldconfig -p | awk -v name="$name" '$1 == name { print $NF; exit }'
    done | head -n 1
}

for plugin in allocators/*.c; do
    found=$(installed_of "$plugin")
    [[ -z $found || $found == */libc.so* ]] || libraries+=("$found")
done
exec tests/alloc/run.sh --table "${libraries[@]}"
