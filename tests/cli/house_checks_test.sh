#!/usr/bin/env bash
# A check that cannot fail is a defect: each of scripts/check-*.sh passes on a sound copy and fails,
# naming the culprit, on one planted violation of each kind. install-deps.sh is run against a
# package manager made of scripts. Touches nothing outside a temporary folder.
# Prints "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
here=$PWD
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
tree=$work/tree
passed=0 failed=0 skipped=0
cc=${CC:-cc}
unset BUILD COMPILERS HB_SKIP_DEPS

ok() { passed=$((passed + 1)); }
bad() { # name detail...
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$1"
    printf '%s\n' "${@:2}" | head -n 30 | sed 's/^/    /'
}

# check NAME STATUS PATTERN COMMAND...: COMMAND ends with STATUS, and prints PATTERN (extended)
check() {
    local name=$1 wanted=$2 pattern=$3 out status
    shift 3
    out=$("$@" 2>&1)
    status=$?
    if [[ $status -ne $wanted ]]; then
        bad "$name: exit $status, not $wanted" "$out"
    elif ! grep -qE -- "$pattern" <<<"$out"; then
        bad "$name: does not say $pattern" "$out"
    else
        ok
    fi
}

# --- floors ------------------------------------------------------------------------------------

fresh_tree() {
    rm -rf "$tree"
    mkdir -p "$tree/docs" "$tree/scripts"
    cp -r "$here/src" "$here/allocators" "$here/workloads" "$tree/"
    cp "$here/docs/floors.txt" "$tree/docs/"
    cp "$here"/scripts/*.sh "$tree/scripts/"
}

# floors NAME FILE TEXT PATTERN: with TEXT added to FILE the check fails and says PATTERN
floors() {
    rm -f "$work/kept"
    [[ ! -e $tree/$2 ]] || cp "$tree/$2" "$work/kept"
    mkdir -p "$tree/${2%/*}"
    printf '%b\n' "$3" >>"$tree/$2"
    check "floors: $1" 1 "$4" "$tree/scripts/check-floors.sh"
    if [[ -e $work/kept ]]; then cp "$work/kept" "$tree/$2"; else rm "$tree/$2"; fi
}

echo "--- check-floors.sh"
fresh_tree
check "floors: the tree as it is" 0 '^floors: [0-9]+ includes of [0-9]+ files' \
    "$tree/scripts/check-floors.sh"
# Of the rooms above base the headers are enough, and the files that something is planted in.
find "$tree"/src/*/ "$tree/allocators" "$tree/workloads" -name '*.c' ! -path '*/src/base/*' ! -name table.c \
    ! -name setup.c ! -name export.c ! -name inputs.c ! -name load.c ! -name system.c ! -name random_mixed.c \
    ! -name order.c -delete
check "floors: a part of the tree" 0 '^floors: [0-9]+ includes of [0-9]+ files' "$tree/scripts/check-floors.sh"
floors "a room reaches up" src/base/clock.c '#include "host/proc.h"' \
    '^src/base/clock.c:[0-9]+: base must not include host/proc.h \(host\)$'
floors "report computes" src/report/table.c '#include "plan/plan.h"' 'report must not include plan'
floors "run judges" src/run/setup.c '#include "judge/judge.h"' 'run must not include judge/judge.h'
floors "a format knows the report" src/export/export.c '#include "report/table.h"' 'export must not include report'
floors "a session knows the commands" src/session/inputs.c '#include "commands/command.h"' \
    'session must not include commands/command.h'
floors "run takes more of the worker than shm.h" src/run/setup.c '#  include "worker/worker.h"' \
    'run must not include worker/worker.h \(worker\)'
floors "the worker knows the harness" src/worker/load.c '#include "base/err.h"' \
    'worker must not include base/err.h'
floors "a plugin knows the harness" allocators/system.c '#include "result/model.h"' \
    'plugins must not include result/model.h'
floors "a workload knows a plugin's helper" workloads/random_mixed.c '#include "resolve.h"' \
    'workloads must not include resolve.h'
floors "a new room" src/attic/attic.c '#include "base/err.h"' 'room attic is not in docs/floors.txt'
floors "a header that is nowhere" src/base/err.c '#include "base/nowhere.h"' 'nowhere in the tree'
floors "a made header in the wrong room" src/stats/order.c '#include "version.h"' \
    'stats must not include version.h'
floors "a .c file" src/base/err.c '#include "base/buf.c"' 'includes a .c file: base/buf.c'
floors "angle brackets around our own" src/base/err.c '#include <base/buf.h>' \
    '<base/buf.h> is ours: quotes'
floors "an include by macro" src/base/err.c '#include HEADER' 'cannot read'
floors "a header includes itself" src/base/err.h '#include "base/err.h"' \
    'src/base/err.h:[0-9]+: includes itself'
floors "a circle by way of a .c file" src/base/utf8.c '#include "base/quote.h"' 'in a circle'
floors "a circle" src/base/err.h '#include "base/buf.h"' 'in a circle'
floors "a line that is none" docs/floors.txt 'stats base' 'docs/floors.txt:[0-9]+: is not "room:'

rm -rf "$tree"/allocators/hakmem*
mkdir "$tree/allocators/hakmem"
printf '#include <stddef.h>\n' | tee "$tree"/allocators/hakmem/{config,base,os,class,super}.h >/dev/null
printf '#include "os.h"\n#include "config.h"\n' >"$tree/allocators/hakmem/class.c"
check "floors: hakmem's floors upwards" 0 'keep to' "$tree/scripts/check-floors.sh"
floors "hakmem reaches up a floor" allocators/hakmem/os.c '#include "class.h"' \
    'os \(floor 2\) must not include class \(floor 3\)'
floors "hakmem's file without a floor" allocators/hakmem/annexe.c '#include "base.h"' \
    'hakmem/annexe has no floor'
floors "hakmem knows the plugin's ABI" allocators/hakmem/super.c '#include "allocator.h"' \
    'hakmem must not include allocator.h'
printf '#include "allocator.h"\n' >"$tree/allocators/hakmem/plugin.c"
check "floors: hakmem's plugin may" 0 'keep to' "$tree/scripts/check-floors.sh"
rm -rf "${tree:?}"/{src,allocators,workloads}
mkdir "$tree"/{src,allocators,workloads}
check "floors: nothing to check" 1 'nothing was checked' "$tree/scripts/check-floors.sh"

# --- headers -----------------------------------------------------------------------------------

headers() { # name text pattern
    printf '%b\n' "$2" >"$tree/src/planted.h"
    check "headers: $1" 1 "$3" "$tree/scripts/check-headers.sh"
    rm "$tree/src/planted.h"
}

echo "--- check-headers.sh"
mkdir -p "$tree/build/gen" "$tree/src/base"
cp "$here"/src/base/err.h "$tree/src/base/" # a few: each check compiles all there are
check "headers: nothing made yet" 1 'commands.inc is not there' "$tree/scripts/check-headers.sh"
touch "$tree/build/gen/commands.inc"
check "headers: sound ones" 0 'headers: [0-9]+ compile alone under gcc clang' \
    "$tree/scripts/check-headers.sh"
headers "an include is missing" 'size_t planted(void);' 'src/planted.h does not compile alone under clang'
headers "only one compiler takes it" \
    '#ifdef __clang__\n#error no\n#endif' 'src/planted.h does not compile alone under clang'
headers "the other compiler" \
    '#ifndef __clang__\n#error no\n#endif' 'src/planted.h does not compile alone under gcc'
headers "a warning" 'int planted();' 'planted.h does not compile alone under gcc'
check "headers: a compiler is missing" 1 'no-such-cc is not installed' \
    env COMPILERS="gcc no-such-cc" "$tree/scripts/check-headers.sh"

# --- names -------------------------------------------------------------------------------------

object() { # path text
    mkdir -p "$(dirname "$tree/$1")"
    printf '%s\n' "$2" | "$cc" -c -o "$tree/$1" -x c - || exit 2
}
shared() { # path text
    mkdir -p "$(dirname "$tree/$1")"
    printf '%s\n' "$2" | "$cc" -shared -fPIC -w -fno-builtin -o "$tree/$1" -x c - || exit 2
}
sound_build() { # made once
    rm -rf "$tree/build"
    [[ ! -d $work/sound ]] || { cp -r "$work/sound" "$tree/build" && return; }
    object build/obj/src/base/good.o 'int hb_base_good(void) { return 0; } static int quiet; int *hb_p = &quiet;'
    object build/obj/src/worker/load.o 'int load_anything(void) { return 0; }'
    object build/obj/src/main.o 'int main(void) { return 0; }'
    shared build/allocators/a.so 'int hb_allocator_plugin;'
    shared build/workloads/w.so 'int hb_workload;'
    shared build/libhakmem.so "$library"
    archive 'void *malloc(unsigned long n) { return 0; }'
    cp -r "$tree/build" "$work/sound"
}
archive() { # text
    object build/obj/archived.o "$1"
    rm -f "$tree/build/libhakmem.a"
    ar rc "$tree/build/libhakmem.a" "$tree/build/obj/archived.o"
    rm "$tree/build/obj/archived.o"
}
rest='cfree reallocarray free_sized free_aligned_sized posix_memalign aligned_alloc memalign valloc
    pvalloc malloc_usable_size mallopt mallinfo mallinfo2 malloc_trim malloc_stats malloc_info calloc
    realloc __libc_malloc __libc_calloc __libc_realloc __libc_free __libc_memalign __libc_valloc
    __libc_pvalloc __libc_mallopt __libc_mallinfo'
# shellcheck disable=SC2086 # the list is words
library=$(printf 'int %s; ' $rest)'void *malloc(unsigned long n) { return 0; } void free(void *p) {} void *_Znwm(unsigned long n)
    { return 0; } void _ZdlPvmSt11align_val_t(void *p) {} int hak_dump, hakmem_version;'
names() { check "names: $1" 1 "$2" "$tree/scripts/check-names.sh"; }

echo "--- check-names.sh"
sound_build
check "names: a sound build" 0 '^names: the symbols of 5 files' "$tree/scripts/check-names.sh"
object build/obj/src/base/bad.o 'int helper(void) { return 0; }'
names "a global without hb_" 'base/bad.o: helper should be static'
object build/obj/src/base/bad.o 'int table[3] = {1};'
names "a variable without hb_" 'base/bad.o: table should be static'
sound_build
shared build/allocators/b.so 'int hb_allocator_plugin, helper;'
names "a plugin exports more" 'allocators/b.so exports hb_allocator_plugin helper instead'
shared build/allocators/b.so 'static int nothing;'
names "a plugin exports nothing" 'allocators/b.so exports nothing instead of hb_allocator_plugin'
sound_build
shared build/workloads/w.so 'int hb_workload_v2;'
names "a workload exports another name" 'workloads/w.so exports hb_workload_v2 instead'
sound_build
shared build/libhakmem.so "$library int hk_internal;"
names "the library exports its insides" 'libhakmem.so exports hk_internal'
shared build/libhakmem.so "$library int mallocate;"
names "a name that only starts like the family" 'libhakmem.so exports mallocate'
shared build/libhakmem.so 'int hak_dump;'
names "the library exports no malloc" 'does not export malloc'
shared build/libhakmem.so "${library/ cfree/ hak_free}"
names "a name of the family is missing" 'libhakmem.so does not export cfree'
sound_build
archive 'int dlopen;'
names "the archive takes over dlopen" 'libhakmem.a defines dlopen'
archive 'int _Znwm;'
names "the archive brings operators" 'libhakmem.a defines _Znwm'
rm "$tree/build/libhakmem.a"
names "the archive is missing" 'libhakmem.a is not there'
sound_build
rm "$tree/build/libhakmem.so"
names "the library is missing" 'libhakmem.so is not there'
rm -rf "$tree/build"
names "nothing is built" 'holds no objects'
sound_build
touch "$tree/workloads/err.h"
names "a file name twice" 'err.h stands for several files: src/base/err.h workloads/err.h'

# --- unused ------------------------------------------------------------------------------------

unit() { # path text: a source with its object
    mkdir -p "$(dirname "$tree/$1")" "$(dirname "$tree/build/obj/$1")"
    printf '%s\n' "$2" >"$tree/$1"
    "$cc" -O2 -fPIC -c -o "$tree/build/obj/${1%.c}.o" "$tree/$1" || exit 2
}
unused() { check "unused: $1" "$2" "$3" "$tree/scripts/check-unused.sh"; }

echo "--- check-unused.sh"
rm -rf "$tree/build" "${tree:?}/src"
unused "nothing is built" 1 'holds no objects'
unit src/base/used.c 'int hb_used(void) { return 1; } /* hb_used: also read from outside */'
unit src/main.c 'int hb_used(void); int main(void) { return hb_used(); }'
unused "a function with a user" 0 'every external symbol of 2 objects has a user'
mkdir -p "$tree/tests/unit"
echo 'int main(void) { return hb_lone() + hb_part(); }' >"$tree/tests/unit/test_lone.c"
unit src/base/lone.c 'int hb_lone(void) { return 1; } /* hb_lone: of no use */'
unused "a function that tests alone use" 1 'src/base/lone.c: hb_lone has no user in src'
unit src/base/lone.c 'int hb_whole(void); int hb_own(void) { return 1; } int hb_whole(void) { return hb_own(); }'
unit src/main.c 'int hb_used(void), hb_whole(void); int main(void) { return hb_used() + hb_whole(); }'
unused "a function of one file" 1 'hb_own has no user outside this file: static'
unit src/base/lone.c 'int hb_part(void) { return 1; } int hb_whole(void) { return hb_part(); }'
unused "a part that its file uses and tests reach" 0 'has a user'
unit src/base/lone.c 'int hb_table[2]; int hb_whole(void) { return 0; }'
unused "a table without a reader" 1 'hb_table has no user in src'

# --- install-deps.sh ---------------------------------------------------------------------------

tools=$work/tools fakes=$work/fakes
mkdir "$tools" "$fakes"
for tool in awk bash cat chmod env grep head id mktemp rm sed sort tail tee tr true; do
    ln -s "$(type -P "$tool")" "$tools/$tool"
done
fake() { # name script
    printf '#!/usr/bin/env bash\n%s\n' "$2" >"$fakes/$1"
    chmod +x "$fakes/$1"
}
export INSTALLED=$work/installed CALLS=$work/calls APT_FAILS=no HB_POLICY_RC=$work/policy-rc.d
deps() { PATH=$fakes:$tools "$here/scripts/install-deps.sh" "$@" </dev/null; }
all_installed() { # option...
    : >"$CALLS"
    deps --list "$@" | sed 's/.*/installed & /' >"$INSTALLED"
}
without() { sed -i "/ $1 /d" "$INSTALLED"; }
# called NAME PATTERN: apt-get was called so; not_called NAME
called() { if grep -qE -- "$2" "$CALLS"; then ok; else bad "$1: not called: $2" "$(cat "$CALLS")"; fi; }
not_called() { if [[ -s $CALLS ]]; then bad "$1: apt-get was called" "$(cat "$CALLS")"; else ok; fi; }

# shellcheck disable=SC2016 # the fakes' variables are theirs
{
    fake dpkg-query 'cat "$INSTALLED"'
    fake apt-get 'echo "$DEBIAN_FRONTEND $*" >>"$CALLS"
[[ -e $HB_POLICY_RC ]] && echo "servers held: $(cat "$HB_POLICY_RC" | tail -n 1)" >>"$CALLS"
[[ $APT_FAILS == yes ]] && { echo "E: no route to the archive"; exit 100; }
take=no
for word; do
    [[ $take == yes && $word != -* ]] && echo "installed $word " >>"$INSTALLED"
    [[ $word == install ]] && take=yes
done
exit 0'
    fake sleep ''
    fake clang 'echo 19.1.7'
    fake id 'echo 0'
}

echo "--- install-deps.sh"
for option in "" --install --test --dev --cross --suites; do
    all_installed ${option:+"$option"}
    check "deps: all there $option" 0 '^$' deps ${option:+"$option"}
    not_called "deps: all there $option"
done
check "deps: the runtime of the clang that is installed" 0 '^libclang-rt-19-dev$' deps --list --dev
all_installed
without libcjson-dev
check "deps: one is missing" 0 'installing libcjson-dev$' deps
called "deps: the list first" '^noninteractive .* update$'
called "deps: only what is missing" '^noninteractive .*install --no-install-recommends libcjson-dev$'
check "deps: then it is there" 0 '^$' deps
all_installed
without libtcmalloc-minimal4
echo 'installed libtcmalloc-minimal4t64 libother, libtcmalloc-minimal4 (= 2.15-3)' >>"$INSTALLED"
check "deps: a renamed package" 0 '^$' deps
not_called "deps: a renamed package"
all_installed
sed -i 's/^installed libmd-dev/config-files libmd-dev/' "$INSTALLED"
check "deps: removed, but its settings are left" 0 'installing libmd-dev' deps
all_installed
without strace
check "deps: what tests need is not what running needs" 0 '^$' deps
not_called "deps: what tests need is not what running needs"
all_installed --install
without scdoc
check "deps: what make install needs is not what running needs" 0 '^$' deps
not_called "deps: what make install needs is not what running needs"
check "deps: but make install does" 0 'installing scdoc$' deps --install
all_installed --suites
without nginx
check "deps: a server among the programs" 0 'installing nginx$' deps --suites
called "deps: it is not started" '^servers held: exit 101$'
check "deps: nor kept from starting later" 1 '' test -e "$HB_POLICY_RC"
all_installed --suites
without nginx
echo 'exit 104' >"$HB_POLICY_RC"
check "deps: a policy of the machine's own" 0 'done' deps --suites
called "deps: it holds" '^servers held: exit 104$'
check "deps: it stays" 0 '^exit 104$' cat "$HB_POLICY_RC"
rm "$HB_POLICY_RC"
all_installed --suites
without nginx
APT_FAILS=yes
check "deps: no server either where apt-get fails" 1 'install-recommends nginx$' deps --suites
check "deps: nothing of it is left" 1 '' test -e "$HB_POLICY_RC"
all_installed
without make
check "deps: what is no server needs no policy" 1 'install-recommends make$' deps
if grep -q held "$CALLS"; then bad "deps: servers held for make" "$(cat "$CALLS")"; else ok; fi
all_installed --test
without strace
check "deps: apt-get fails" 1 'apt-get install -y --no-install-recommends strace$' deps --test
check "deps: its own words are shown" 1 'no route to the archive' deps --test
if [[ $(grep -c install "$CALLS") -eq 4 ]]; then ok; else bad "deps: twice each" "$(cat "$CALLS")"; fi
APT_FAILS=no
: >"$CALLS"
fake id 'echo 1000'
check "deps: not root, no sudo" 1 '^    strace$' deps --test
not_called "deps: not root, no sudo"
# shellcheck disable=SC2016
fake sudo '[[ $1 == -n ]] && exit 1; exec "$@"'
check "deps: sudo would ask and nobody is there" 1 'neither root nor a user sudo lets in' deps --test
not_called "deps: sudo would ask"
# shellcheck disable=SC2016
fake sudo '[[ $1 == -n ]] && shift; echo sudo >>"$CALLS"; exec "$@"'
check "deps: sudo lets us in" 0 'done' deps --test
called "deps: by sudo" '^sudo$'
rm "$fakes/apt-get"
check "deps: no Debian" 1 'HB_SKIP_DEPS=1' deps
check "deps: no Debian, but all is there" 0 '^$' env HB_SKIP_DEPS=1 PATH="$fakes:$tools" \
    "$here/scripts/install-deps.sh"
check "deps: an option that is none" 2 'unknown option --tset' deps --tset

# --- the scripts themselves ----------------------------------------------------------------------

if command -v shellcheck >/dev/null; then
    check "shellcheck" 0 '' shellcheck scripts/install-deps.sh scripts/check-*.sh scripts/completion/hakbench.bash \
        tests/cli/house_checks_test.sh tests/programs.sh
else
    skipped=$((skipped + 1))
fi

if [[ $skipped -gt 0 ]]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[[ $failed -eq 0 ]]
