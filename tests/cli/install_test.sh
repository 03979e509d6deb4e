#!/usr/bin/env bash
# What `make install` puts there, used as its users do: hakmem.pc by pkg-config, the header and the
# libraries by C and C++ programs, the manual, a hakbench away from its tree, completion; and that
# `make uninstall` takes all of it away. Everything under a temporary folder.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
sources=$PWD/tests/cli root=$tmp/dest
version=$("$hakbench" --version | sed 's/^hakbench \([0-9.]*\).*/\1/')

make_() { make --no-print-directory "$@" >"$tmp/log" 2>&1; }
# flags OPTION...: what pkg-config answers for hakmem, as words
flags() { pkg-config "$@" hakmem; }
# builds NAME COMPILER OPTION... SOURCE -- PKG-CONFIG-OPTION...: makes $tmp/NAME
builds() {
    local name=$1 words=()
    shift
    while [[ $1 != -- ]]; do words+=("$1") && shift; done
    shift
    # shellcheck disable=SC2046 # words are meant
    check "$name compiles and links" "${words[@]}" -Wall -Wextra -Werror -o "$tmp/$name" \
        $(flags --cflags --libs "$@")
}
# says NAME PATTERN: $tmp/NAME ends well and says PATTERN; its stderr is in $err
says() {
    HAKMEM_SS_OS_STATS=1 LD_LIBRARY_PATH=$libraries "$tmp/$1" >"$out" 2>"$err"
    is "$1 ends well" $? 0
    has "$1 says" "$out" "$2"
}
# Whoever prints this has mapped something.
line='^\[SS_OS_STATS\] alloc=[1-9][0-9]* free=[0-9]+ madvise=.* huge_fail=0$'
is_dynamic() { readelf -d "$tmp/$1" | grep -q "NEEDED.*\[$2"; }

# Both programs, in C and in C++, with the shared and with the static library.
use_libraries() {
    local language compiler kind
    for language in c c++; do
        compiler=(gcc -std=gnu11)
        [[ $language == c++ ]] && compiler=(g++ -std=gnu++17)
        for kind in shared static; do
            local own=own-$language-$kind plain=plain-$language-$kind mode=(--)
            [[ $kind == static ]] && mode=(-static -- --static)
            builds "$own" "${compiler[@]}" -x "$language" "$sources/install_own.c" -x none "${mode[@]}"
            says "$own" '^own: [1-9][0-9]* mappings$'
            builds "$plain" "${compiler[@]}" -x "$language" "$sources/install_plain.c" -x none "${mode[@]}"
            says "$plain" '^plain: 1000$'
            has "$plain allocates with hakmem" "$err" "$line"
            if [[ $language == c++ ]]; then
                builds "throw-$kind" "${compiler[@]}" "$sources/install_throw.cc" "${mode[@]}"
                says "throw-$kind" '^throw: 0 wrong$'
                builds "replace-$kind" "${compiler[@]}" -DREPLACE "$sources/install_throw.cc" "${mode[@]}"
                says "replace-$kind" '^throw: 0 wrong$'
            fi
            if [[ $kind == static ]]; then
                check_not "$plain needs no library" is_dynamic "$plain" libc
            else
                check "$plain needs the library" is_dynamic "$plain" libhakmem.so
            fi
        done
    done
}

if ! make_ install DESTDIR="$root" PREFIX=/usr; then
    bad "make install" "$(tail -n 20 "$tmp/log")"
    finish
    exit
fi
unset HAKBENCH_LIBDIR
libraries=$root/usr/lib

# --- pkg-config --------------------------------------------------------------------------------

export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$libraries/pkgconfig
check "hakmem.pc is sound" pkg-config --print-errors --exists hakmem
is "its version is hakbench's" "$(flags --modversion)" "$version"
has "it knows where it will be" "$PKG_CONFIG_PATH/hakmem.pc" '^prefix=/usr$'
has_not "nothing is left to fill in" "$PKG_CONFIG_PATH/hakmem.pc" '@|dest'
use_libraries
check "a program without hakmem" gcc -o "$tmp/glibc" "$sources/install_plain.c"
says glibc '^plain: 1000$'
is_empty "does not speak of it" "$err"
LD_PRELOAD=$libraries/libhakmem.so says glibc '^plain: 1000$'
has "preloaded, it does" "$err" "$line"
unset PKG_CONFIG_SYSROOT_DIR
is "the library has a version of its interface" \
    "$(readelf -d "$libraries/libhakmem.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')" libhakmem.so.1
is "by which programs find it" "$(readlink "$libraries/libhakmem.so")" libhakmem.so.1

# --- CMake -------------------------------------------------------------------------------------

# by_cmake PREFIX: a user's project is built by find_package(hakmem), shared and static
by_cmake() {
    rm -rf "$tmp/cmake"
    mkdir "$tmp/cmake"
    cp "$sources/install_own.c" "$tmp/cmake/"
    cp "$sources/install_cmake.txt" "$tmp/cmake/CMakeLists.txt"
    check "CMake finds hakmem below $(basename "$1")" \
        cmake -S "$tmp/cmake" -B "$tmp/cmake/build" -DCMAKE_PREFIX_PATH="$1"
    check "and builds with it" cmake --build "$tmp/cmake/build"
    ln -sf "$tmp/cmake/build/shared" "$tmp/shared"
    ln -sf "$tmp/cmake/build/static" "$tmp/static"
    says shared '^own: [1-9][0-9]* mappings$'
    says static '^own: [1-9][0-9]* mappings$'
    check_not "the static one needs no library" is_dynamic static libhakmem
}
if command -v cmake >/dev/null; then
    by_cmake "$root/usr"
    sed -i 's/hakmem 0.1/hakmem 99/' "$tmp/cmake/CMakeLists.txt"
    check_not "a later version than there is is not found" cmake -S "$tmp/cmake" -B "$tmp/cmake/other" \
        -DCMAKE_PREFIX_PATH="$root/usr"
else
    skip "find_package(hakmem)" "no cmake"
fi

# --- a tarball, built without git ----------------------------------------------------------------

if git rev-parse HEAD >/dev/null 2>&1; then
    check "make dist" make_ dist
    tar -C "$tmp" -xf "build/hakbench-$version.tar.gz"
    unpacked=$tmp/hakbench-$version
    check "what it holds builds its version without git" \
        env GIT_DIR=/dev/null make -s -C "$unpacked" build/gen/version.h
    has "and knows its commit" "$unpacked/build/gen/version.h" \
        "HB_COMMIT \"$(git rev-parse --short=12 HEAD)\""
else
    skip "make dist" "no git repository"
fi

# --- the header and the manual page ----------------------------------------------------------------

printf '#include <hakmem.h>\n' >"$tmp/alone"
for standard in c90 c99 c17 c++98 c++11 c++20; do
    check "hakmem.h alone in $standard" gcc -std=$standard -pedantic-errors -Wall -Wextra -Wundef \
        -Werror -fsyntax-only -I"$root/usr/include" -x "${standard%%[0-9]*}" "$tmp/alone"
done
page=$root/usr/share/man/man3/libhakmem.3
groff -man -ww -Tascii -rLL=200n "$page" 2>"$err" | sed 's/.\x08//g' >"$tmp/page"
is_empty "the page is sound roff" "$err"
# tells PATTERN: there are names on stdin, and each has its place in the page, %s in PATTERN
tells() {
    local names name
    mapfile -t names < <(sort -u)
    check "the page has something to tell" test ${#names[@]} -gt 4
    for name in "${names[@]}"; do
        has "the page tells $name" "$tmp/page" "${1//%s/"$name"}"
    done
}
tells '^ {7}[a-z].*[ *]%s\(.*\);$' \
    < <(grep -oE '\bhak[a-z]*_[a-z_]+\(' "$root/usr/include/hakmem.h" | tr -d '(')
env HAKMEM_=1 LD_PRELOAD="$libraries/libhakmem.so" true 2>"$err"
tells '^ {7}%s' < <(grep -oE 'HAKMEM_[A-Z_]{2,}' "$err")
for value in MIXED_TINYV3_C7_SAFE MIXED_TINYV3_C7_BALANCED; do
    has "the page tells $value" "$tmp/page" "^ {14}$value"
done
sed -n '/^\.SH EXAMPLES/,$ { /^\.EX/,/^\.EE/ { /^\./d; s/\\e/\\/; p } }' "$page" >"$tmp/example.c"
export PKG_CONFIG_SYSROOT_DIR=$root
builds example gcc "$tmp/example.c" --
says example '^[1-9][0-9]* calls of mmap$'
unset PKG_CONFIG_SYSROOT_DIR

# --- the manual and completion ---------------------------------------------------------------------

man=$root/usr/share/man
for scd in docs/man/*.scd; do
    page=$(basename "$scd" .scd)
    check "$page is installed" test -s "$man/man${page##*.}/$page"
done
is "and no page besides" "$(find "$man" -type f | wc -l)" \
    "$(find docs/man -name '*.scd' -o -name '*.[0-9]' | wc -l)"
if command -v man >/dev/null; then
    is "man finds a command's page" "$(man -M "$man" -w hakbench-rebase)" "$man/man1/hakbench-rebase.1"
    is "man finds a format's page" "$(man -M "$man" -w hakbench-result)" "$man/man5/hakbench-result.5"
    MANWIDTH=80 man -M "$man" hakbench-soak >"$tmp/read" 2>"$err"
    has "and shows it" "$tmp/read" 'hakbench-soak - run for an hour'
    is_empty "without a word of its own" "$err"
fi
export HOME=$tmp/home XDG_CONFIG_HOME=$tmp/home XDG_DATA_HOME=$tmp/home
mkdir "$HOME"
kept_path=$PATH PATH=$root/usr/bin:$PATH
check "bash takes the completion" bash --norc -c 'source "$1" && complete -p hakbench' bash \
    "$root/usr/share/bash-completion/completions/hakbench"
if command -v zsh >/dev/null; then
    printf 'hakbench self\n' |
        command python3 "$sources/completion_driver.py" zsh "$root/usr/share/zsh/site-functions" >"$out" 2>"$err"
    is "zsh finds the completion" "$(cat "$out")" "hakbench selftest "
fi
if command -v fish >/dev/null; then
    XDG_DATA_DIRS=$root/usr/share:/usr/share fish -c "complete -C 'hakbench self'" >"$out" 2>"$err"
    has "fish finds the completion" "$out" '^selftest'
fi
PATH=$kept_path

# --- hakbench away from its tree -------------------------------------------------------------------

cd "$tmp" || exit 2
hakbench=$root/usr/bin/hakbench
hb_is "an installed hakbench finds its parts" 0 list
has "and its profiles" "$out" '^  mixed-2t '
for plugin in floor hakmem system; do
    has "and its plugins" "$out" "^$plugin +found"
done
for workload in producer_consumer larson random_mixed spike; do
    has "and its workloads" "$out" "^$workload: "
done
readelf -d "$root"/usr/lib/hakbench/check/* 2>/dev/null | grep -E '(NEEDED|RUNPATH|RPATH).*\[/' >"$tmp/own_paths"
is_empty "no promise needs the build" "$tmp/own_paths"
hb_is "and asks for promises" 0 check --allocators hakmem --only atfork_handlers_may_allocate,free_of_null_is_nothing --quiet
has "which are kept" "$out" '^hakmem keeps all 2 promises'
hb_is "and measures" 0 rebase "${small[@]}" --allocators hakmem --via preload --results res
json_true "with the installed library" "$(one res json)" \
    'any("dest/usr/lib" in (a["library_path"] or "") for a in d["allocators"])'
cd - >/dev/null || exit 2

# --- another prefix, and away again ----------------------------------------------------------------

check "install under a prefix of one's own" make_ install PREFIX="$tmp/own"
has "says that the loader does not look there" "$tmp/log" "does not know $tmp/own/lib yet: run ldconfig"
PKG_CONFIG_PATH=$tmp/own/lib/pkgconfig libraries=$tmp/own/lib
is "hakmem.pc is where it says" "$(flags --cflags --libs | xargs)" \
    "-I$tmp/own/include -L$tmp/own/lib -lhakmem"
builds own-prefix gcc "$sources/install_own.c" --
says own-prefix '^own: [1-9][0-9]* mappings$'

# A loop and an allocator of somebody who has no tree: from the pages, by what pkg-config says.
# page FILE HEADING: the C of a page from this heading on
page() { sed -n "/^## $2/,\$p" "$1" | sed -n '/^```c$/,/^```$/p' | sed '/^```/d'; }
page docs/workloads.md 'A loop of your own' >"$tmp/queue.c"
page docs/plugins.md 'An allocator in 20 lines' >"$tmp/page.c"
outsider() { # NAME: builds $tmp/NAME.so, as the pages say
    # shellcheck disable=SC2046 # words are meant
    (cd "$tmp" && "${CC:-cc}" -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden \
        $(pkg-config --cflags hakbench) -o "$1.so" "$1.c")
}
check "hakbench.pc is sound" pkg-config --print-errors --exists hakbench
is "its version" "$(pkg-config --modversion hakbench)" "$version"
check "a loop builds out of the tree" outsider queue
check "an allocator builds out of the tree" outsider page
is "hakbench looks for allocators there" "$(pkg-config --variable=allocators hakbench)" "$tmp/own/lib/hakbench/allocators"
check "the loop is put where hakbench looks" cp "$tmp/queue.so" "$(pkg-config --variable=workloads hakbench)"
printf '{"schema": "hakbench.profile/1", "workload": "queue", "parameters": {"max_size": 500}}\n' >"$tmp/queue.json"
cd "$tmp" || exit 2
hakbench=$tmp/own/bin/hakbench
hb_is "both are measured" 0 rebase --profile queue.json "${tiny[@]}" --no-pin --allocators page,system --reference system \
    --allocator page=./page.so --set queue=100 --results outside
json_true "every run of them" "$(one outside json)" \
    'd["workload"] == "queue" and {j["status"] for j in jobs} == {"ok"} and "page" in {j["allocator"] for j in jobs}'
cd - >/dev/null || exit 2
rm "$tmp/own/lib/hakbench/workloads/queue.so"
touch "$root/usr/lib/pkgconfig/other.pc"
check "uninstall" make_ uninstall DESTDIR="$root" PREFIX=/usr
is "it leaves what is not its own, and nothing else" "$(find "$root" ! -type d)" \
    "$root/usr/lib/pkgconfig/other.pc"
check "uninstall from the other prefix" make_ uninstall PREFIX="$tmp/own"
is "no file is left" "$(find "$tmp/own" ! -type d | wc -l)" 0

# --- paths with spaces, and other people's files -------------------------------------------------

# Without quotes these are several words to the shell, the first of which is somebody else's folder.
others() { # FOLDER: where an unquoted path would end
    mkdir -p "$1/lib/hakbench/kept" "$1/share/hakbench"
    touch "$1/lib/hakbench/kept/theirs" "$1/share/hakbench/theirs"
}
others "$tmp/my"
others "$tmp/my inst" # a folder of the same name below a prefix that we share
mkdir -p "$tmp/my inst/lib/hakbench/allocators"
touch "$tmp/my inst/lib/hakbench/allocators/mine.so" "$tmp/my inst/share/hakbench/profiles"
rm "$tmp/my inst/share/hakbench/profiles"
theirs=$(find "$tmp/my" "$tmp/my inst" -type f | sort)
check "install under a prefix with a space" make_ install PREFIX="$tmp/my inst"
PKG_CONFIG_PATH="$tmp/my inst/lib/pkgconfig" libraries="$tmp/my inst/lib"
eval "cflags=($(flags --cflags --libs))" # as a Makefile's shell reads it
is "hakmem.pc quotes it" "${cflags[*]}" "-I$tmp/my inst/include -L$tmp/my inst/lib -lhakmem"
check "a program compiles with it" gcc "$sources/install_own.c" -o "$tmp/spaced" "${cflags[@]}"
says spaced '^own: [1-9][0-9]* mappings$'
hakbench="$tmp/my inst/bin/hakbench"
hb_is "hakbench runs from there" 0 list
has "and finds its parts" "$out" '^hakmem +found'
check "uninstall from a prefix with a space" make_ uninstall PREFIX="$tmp/my inst"
is "of others nothing is gone, of ours nothing is left" \
    "$(find "$tmp/my" "$tmp/my inst" -type f | sort)" "$theirs"
check_not "nor an empty folder of ours" test -e "$tmp/my inst/share/hakbench/profiles"

odd="it's & \"a\" | b"
check "DESTDIR and PREFIX with spaces and quotes" make_ install DESTDIR="$tmp/odd $odd" PREFIX="/p $odd"
is "hakmem.pc has the prefix as it is" \
    "$(sed -n 's/^prefix=//p' "$tmp/odd $odd/p $odd/lib/pkgconfig/hakmem.pc")" "/p $odd"
check "uninstall from there" make_ uninstall DESTDIR="$tmp/odd $odd" PREFIX="/p $odd"
is "no file is left there" "$(find "$tmp/odd $odd" ! -type d | wc -l)" 0

# A link where a folder of ours would be: nothing behind it is ours but what has our names.
mkdir -p "$tmp/behind" "$tmp/linked/lib"
touch "$tmp/behind/theirs"
ln -s "$tmp/behind" "$tmp/linked/lib/hakbench"
check "uninstall where a link leads elsewhere" make_ uninstall PREFIX="$tmp/linked"
check "leaves what it leads to" test -e "$tmp/behind/theirs"

# The tree itself in a folder with a space: built as it is there, one file of each kind anew.
tree="$tmp/a tree"
mkdir "$tree"
cp -a allocators docs profiles scripts src workloads Makefile LICENSE hakbench build "$tree/" 2>/dev/null
cp -a --parents tests/alloc "$tree/"
touch "$tree"/src/main.c "$tree"/src/worker/values.c "$tree"/allocators/{floor.c,hakmem/class.c} "$tree"/workloads/spike.c
check "make in a folder with a space" make_ -C "$tree" all VARIANT=
check "make links anew there" test "$tree/hakbench" -nt "$tree/src/main.c"
hakbench=$tree/hakbench
(cd "$tmp" && "$hakbench" list >"$out" 2>"$err")
has "what it makes finds its parts" "$out" '^hakmem +found'
is "and says nothing" "$(cat "$err")" ""
check "make clean there" make_ -C "$tree" clean
check_not "leaves nothing built" test -e "$tree/build" -o -e "$tree/hakbench"
check "and all that was not" test -e "$tree/src/main.c"
finish
