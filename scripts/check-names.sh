#!/usr/bin/env bash
# What is visible from outside has the right name:
#   objects of the main program   global symbols start with hb_
#   build/allocators/*.so         export hb_allocator_plugin and nothing else
#   build/workloads/*.so          export hb_workload and nothing else
#   libhakmem.so                  exports malloc's family, C++'s operators, dlopen, hak_*, hakmem_*
#   libhakmem.a                   defines neither operators nor dlopen
#   *.c and *.h                   names are unique in src, allocators and workloads
#   structs and functions         none has the name of the other
# Usage: check-names.sh [BUILD]
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
build=${1:-build}
faults=0 checked=0

family='malloc calloc realloc free cfree reallocarray free_sized free_aligned_sized
    posix_memalign aligned_alloc memalign valloc pvalloc malloc_usable_size
    mallopt mallinfo mallinfo2 malloc_trim malloc_stats malloc_info
    __libc_malloc __libc_calloc __libc_realloc __libc_free __libc_memalign __libc_valloc
    __libc_pvalloc __libc_mallopt __libc_mallinfo'
loader='dlopen' # without RTLD_DEEPBIND
operators='_Z(n[wa]|d[la])[A-Za-z0-9_]*' # new, new[], delete, delete[] in every form
main_files=' main.c '                    # both programs have one

fault() {
    echo "$*"
    faults=$((faults + 1))
}

exports_of() { nm --dynamic --defined-only --format=posix "$1" | awk 'NF > 1 { sub(/@.*/, "", $1); print $1 }'; }

# The compiler's own names (sanitizers, coverage) start with __.
check_objects() {
    local objects object name
    mapfile -t objects < <(find "$build/obj/src" -name '*.o' 2>/dev/null |
        grep -vE '/obj/src/(worker/|main\.o$)' | sort)
    checked=$((checked + ${#objects[@]}))
    [[ ${#objects[@]} -gt 0 ]] || { fault "$build/obj/src holds no objects: build first"; return; }
    while read -r object name _; do
        [[ $name =~ ^(hb_|__) ]] || fault "$object $name should be static or start with hb_"
    done < <(nm --print-file-name --defined-only --extern-only --format=posix "${objects[@]}")
}

check_plugins() { # folder symbol
    local file exports
    compgen -G "$build/$1/*.so" >/dev/null || fault "$build/$1 holds no .so: build first"
    for file in "$build/$1"/*.so; do
        [[ -e $file ]] || continue
        exports=$(exports_of "$file" | sort | tr '\n' ' ')
        [[ $exports == "$2 " ]] || fault "$file exports ${exports:-nothing }instead of $2 alone"
        checked=$((checked + 1))
    done
}

check_library() {
    local library=$build/libhakmem.so exports allowed name
    [[ -e $library ]] || { fault "$library is not there: build first"; return; }
    exports=$(exports_of "$library")
    # shellcheck disable=SC2086 # the list is words
    allowed="^($(printf '%s|' $family $loader)$operators|(hak|hakmem)_.*)$"
    for name in $exports; do
        [[ $name =~ $allowed ]] || fault "$library exports $name"
    done
    for name in $family; do
        [[ $'\n'$exports$'\n' == *$'\n'$name$'\n'* ]] || fault "$library does not export $name"
    done
    checked=$((checked + 1))
}

check_archive() {
    local archive=$build/libhakmem.a name
    [[ -e $archive ]] || { fault "$archive is not there: build first"; return; }
    while read -r name _; do
        [[ ! $name =~ ^($operators|$loader)$ ]] || fault "$archive defines $name"
    done < <(nm --defined-only --extern-only --format=posix "$archive")
    checked=$((checked + 1))
}

# A command's file carries the command's name ("check") and a loop's the loop's ("large"), whatever
# hakmem's files are called; a version of hakmem set aside (allocators/hakmem_*) has the names of the other.
counted_files() {
    find src allocators workloads -name '*.[ch]' -not -path 'src/commands/*.c' -not -path 'workloads/*.c' \
        -not -path 'allocators/hakmem_*'
}
check_file_names() {
    local name
    while read -r name; do
        [[ $main_files == *" $name "* ]] ||
            fault "$name stands for several files: $(counted_files | grep "/$name\$" | sort | tr '\n' ' ')"
    done < <(counted_files | sed 's|.*/||' | sort | uniq -d)
}

check_meanings() {
    local name
    while read -r name; do
        fault "$name is a struct and a function"
    done < <(comm -12 \
        <(find src allocators workloads -name '*.[ch]' -exec sed -nE 's/^(struct|union|enum) ([a-z0-9_]+) \{.*/\2/p' {} + | sort -u) \
        <(find "$build/obj" -name '*.o' -exec nm --defined-only --format=posix {} + | awk '$2 == "T" && $1 ~ /^h[bk]_/ { print $1 }' | sort -u))
}

check_objects
check_plugins allocators hb_allocator_plugin
check_plugins workloads hb_workload
check_library
check_archive
check_file_names
check_meanings
if [[ $faults -ne 0 ]]; then
    echo "names: $faults violations in $build"
    exit 1
fi
echo "names: the symbols of $checked files and all file names are as they should be"
