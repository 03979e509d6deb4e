#!/usr/bin/env bash
# The recipes of docs/ci.md and docs/report.md, run exactly as written. `hakbench` is the program under
# test; its `rebase` is made short, and the times that it measured are replaced by known ones.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
root=$PWD
recipe() { python3 "$root/tests/cli/recipe.py" "$root/docs/$1" "$2" || exit 1; } # PAGE TEXT

mkdir "$tmp/bin"
cat >"$tmp/bin/hakbench" <<SH
#!/usr/bin/env bash
[[ \$1 != ab ]] || exec "$hakbench" "\$@" --set operations=100k --margin 50
[[ \$1 == rebase ]] || exec "$hakbench" "\$@"
"$hakbench" "\$@" --runs 6 --set operations=100k || exit
while [[ \$1 != --json ]]; do shift; done
python3 "$root/tests/cli/planted_times.py" "\$2"
SH
chmod +x "$tmp/bin/hakbench"
export PATH=$tmp/bin:$PATH

# A small heap of the tests; its commits are slow or not by a word that planted_times.py looks for.
write_mine() { # FOLDER
    mkdir -p "$1"
    cat >"$1/mine.c" <<'C'
#include "broken.h"
const char word[] = "QUICK";
BROKEN_PLUGIN("mine", "a heap of the tests", heap_open);
C
    printf 'libmine.so: mine.c\n\tgcc -O2 -shared -fPIC -fvisibility=hidden -I%s -I%s -o $@ $< -ldl\n' \
        "$root/allocators" "$root/tests/fault/plugins" >"$1/Makefile"
}
run_recipe() { # NAME FOLDER TEXT
    (cd "$2" && bash -euc "$3") >"$out" 2>"$err"
    status=$?
}

# --- which commit was it? ----------------------------------------------------------------------
repo=$tmp/repo
git() { command git -C "$repo" -c user.name=t -c user.email=t@t -c init.defaultBranch=main "$@"; }
commit() { # SUBJECT WORD
    sed -i "s/word\[\] = .*/word[] = \"$2\";/; \$a /* $1 */" "$repo/mine.c"
    git add -A && git commit -qm "$1"
}
write_mine "$repo"
printf '*.so\n' >"$repo/.gitignore"
git init -q
for i in 1 2 3 4 5; do commit "good $i" QUICK; done
commit culprit SLOW
for i in 6 7 8; do commit "bad $i" SLOW; done
git tag v1.0 HEAD~8
run_recipe "git bisect" "$repo" "$(recipe ci.md 'compare --bisect')"
has "the culprit is found" "$out" 'is the first bad commit'
is "and it is this one" "$(git log -1 --format=%s refs/bisect/bad)" culprit
has_not "no step is skipped" "$out" 'skip'

# The same by ab: here the culprit is really slow, many times over, so that no machine hides it. A good
# commit may be called bad by chance, but not twice.
repo=$tmp/really
write_mine "$repo"
cat >"$repo/mine.c" <<'C'
#include "broken.h"
const char word[] = "0";
static void *slow_malloc(size_t size)
{
    for (volatile int i = 400 * (word[0] - '0'); i > 0; i--)
        ;
    return heap_malloc(size);
}
static int open_mine(void *library, const struct hb_allocator_hint *hint,
                     struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const int status = heap_open(library, hint, functions, message, message_bytes);
    functions->malloc = slow_malloc;
    return status;
}
BROKEN_PLUGIN("mine", "a heap of the tests", open_mine);
C
printf '*.so\n' >"$repo/.gitignore"
git init -q
for i in 1 2 3 4 5 6; do commit "good $i" 0; done
commit culprit 1
for i in 7 8 9; do commit "bad $i" 1; done
git tag v1.0 HEAD~9
for i in 1 2; do
    git bisect reset >"$out" 2>&1
    run_recipe "git bisect by ab" "$repo" "$(recipe ci.md 'ab --bisect')"
    [[ $(git log -1 --format=%s refs/bisect/bad) != culprit ]] || break
done
has "ab finds the culprit" "$out" 'is the first bad commit'
is "which is this one" "$(git log -1 --format=%s refs/bisect/bad)" culprit

# --- both builds in one session ----------------------------------------------------------------
ci=$tmp/ci
gate() { # NAME STATUS WORD-OF-THE-HEAD
    rm -rf "$ci" && mkdir -p "$ci/hakbench"
    ln -s "$tmp/bin/hakbench" "$ci/hakbench/"
    write_mine "$ci/base" && write_mine "$ci/head"
    sed -i "s/QUICK/$3/" "$ci/head/mine.c"
    make -s -C "$ci/base" && make -s -C "$ci/head"
    run_recipe measure "$ci" "$(recipe ci.md './hakbench rebase')"
    is "$1: it measures" "$status" 0
    run_recipe gate "$ci" "$(recipe ci.md 'compare --strict')"
    is "$1: the gate" "$status" "$2"
    GITHUB_STEP_SUMMARY=$ci/summary run_recipe summary "$ci" "$(recipe ci.md 'compare --format markdown session.json')"
    has "$1: the summary" "$ci/summary" '^\| head '
}
gate "the same" 0 OTHER
gate "slower" 1 SLOW

# --- against a pinned session, and the trend ---------------------------------------------------
derive() { python3 tests/cli/derive.py results/reference/2026-11-24T09-03-08Z-mixed.json "$@" || exit 1; }
mkdir -p "$tmp/pinned/results/history"
derive "$tmp/pinned/baseline.json" seed=1
derive "$tmp/pinned/session.json" seed=2 scale:hakmem=0.9 sha:hakmem=new
sed -i 's/"hakmem"/"mine"/g' "$tmp"/pinned/*.json
run_recipe "pinned" "$tmp/pinned" "$(recipe ci.md 'baseline.json session.json')"
is "a slower head against the pinned session" "$status" 1
for i in 1 2 3; do derive "$tmp/pinned/results/history/s$i.json" seed="$i"; done
run_recipe "trend" "$tmp/pinned" "$(recipe ci.md 'compare --trend')"
is "the trend" "$status" 0
has "has its sessions" "$out" ': 3 sessions, '

# --- reports -----------------------------------------------------------------------------------
cp "$tmp/pinned/baseline.json" "$tmp/pinned/old.json"
cp "$tmp/pinned/session.json" "$tmp/pinned/new.json"
cp "$tmp/pinned/new.json" "$tmp/pinned/results/DATE-mixed.json"
command -v rsvg-convert >/dev/null || { skip "the recipes of docs/report.md" "no rsvg-convert"; finish; exit; }
run_recipe "report" "$tmp/pinned" "$(recipe report.md 'report --format markdown')"
is "the recipes of docs/report.md" "$status" 0

finish
