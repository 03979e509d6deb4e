#!/usr/bin/env bash
# The recipes of docs/ci.md for every night and every request, exactly as written: GitHub's and GitLab's files
# are taken apart as the service does (ci_service.py), cron's line as cron does. `hakbench` is the program under
# test; its suite and its rebase are made small, and times that it measured are replaced by known ones.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
root=$PWD
check "there is a parser of YAML" /usr/bin/python3 -c 'import yaml'

mkdir "$tmp/bin"
cat >"$tmp/bin/hakbench" <<SH
#!/usr/bin/env bash
planted() { for file in "\$@"; do python3 "$root/tests/cli/planted_times.py" "\$file" || exit; done; }
case \$1 in
suite)
    [[ " \$* " == *" --budget 2h "* ]] || { echo "no budget: \$*" >&2; exit 2; }
    "$hakbench" "\$@" --only mixed,batch --skip sweep --allocators mine,system --quick --runs 6 || exit
    planted results/*-suite*/*.json
    ;;
rebase)
    # As many operations as the suite's, or there is nothing to compare.
    "$hakbench" "\$@" --no-pin --quick --allocators mine,system --reference system --runs 6 || exit
    while [[ \$1 != --json ]]; do shift; done
    planted "\$2"
    ;;
*) exec "$hakbench" "\$@" ;;
esac
SH
chmod +x "$tmp/bin/hakbench"
export PATH=$tmp/bin:$PATH

# script NAME: the text of this file in docs/ci.md
script() {
    python3 - "$root/docs/ci.md" "$1" <<'END' || exit 1
import re, sys
found = re.findall(r"^`%s`:\n\n```sh\n(.*?)^```$" % re.escape(sys.argv[2]), open(sys.argv[1]).read(), re.M | re.S)
assert len(found) == 1, found
sys.stdout.write(found[0])
END
}
# checkout FOLDER WORD: what a service clones: the allocator, and the two scripts
checkout() {
    rm -rf "$1" && mkdir -p "$1/ci"
    cat >"$1/mine.c" <<C
#include "broken.h"
const char word[] = "$2";
BROKEN_PLUGIN("mine", "a heap of the tests", heap_open);
C
    printf 'libmine.so: mine.c\n\tgcc -O2 -shared -fPIC -fvisibility=hidden -I%s -I%s -o $@ $< -ldl\n' \
        "$root/allocators" "$root/tests/fault/plugins" >"$1/Makefile"
    script ci/nightly.sh >"$1/ci/nightly.sh" && script ci/gate.sh >"$1/ci/gate.sh"
}
# job WORD-OF-THE-RECIPE JOB WORD-OF-THE-ALLOCATOR: in a fresh checkout
job() {
    checkout "$tmp/work" "$3"
    rm -rf "$tmp/kept"
    /usr/bin/python3 tests/cli/ci_service.py docs/ci.md "$1" "$2" "$tmp/work" "$tmp/cache" "$tmp/kept" >"$out" 2>"$err"
    status=$?
}
pages_are_there() { # NAME FOLDER
    for page in index week history; do
        check "$1: $page.html is a page" grep -q '</html>' "$2/$page.html"
    done
}

for service in actions/checkout CI_PIPELINE_SOURCE; do
    recipe=$service
    [[ $service == CI* ]] || recipe='key: "hakbench-'
    rm -rf "$tmp/cache"
    job "$recipe" gate QUICK
    is "$service: a gate before the first night" "$status" 0
    has "$service: holds nobody to it, and says so" "$tmp/kept/gate.md" 'No baseline of this class'
    job "$recipe" nightly QUICK
    is "$service: a night" "$status" 0
    pages_are_there "$service" "$tmp/kept/public"
    is "$service: a baseline is kept" "$(compgen -G "$tmp/cache/baseline/*.json" | wc -l)" 1
    job "$recipe" gate OTHER
    is "$service: the same speed passes" "$status" 0
    has "$service: with a table" "$tmp/kept/gate.md" '^All gates hold'
    job "$recipe" gate SLOW
    is "$service: a slower build fails" "$status" 1
    has "$service: and is told" "$tmp/kept/gate.md" '^mine.s throughput|gate.*fail|slower'
    check "$service: what it measured is kept" test -s "$tmp/kept/session.json"
    sed -i 's/"class_key": *"./&0/; s/"class_key": *"\(.\{64\}\)./"class_key": "\1/' "$tmp"/cache/baseline/*.json
    job "$recipe" gate SLOW
    is "$service: another class of machine is no baseline" "$status" 0
done
has "GitHub's page of a step has what changed" "$root/docs/ci.md" 'GITHUB_STEP_SUMMARY'

# ---- cron ----

export HOME=$tmp/home
mkdir -p "$HOME"
checkout "$HOME/mine" QUICK
command git -C "$HOME/mine" init -q
cat >"$tmp/bin/git" <<'SH'
#!/bin/sh
[ "$1" = pull ] || exit 9
SH
chmod +x "$tmp/bin/git"
check "its table is one" python3 - docs/ci.md "$tmp/cron" <<'END'
# As crontab(5) has it: variables, and five fields before the command, which ends at an unescaped percent sign.
import re, shlex, sys
blocks = re.findall(r"^```crontab\n(.*?)^```$", open(sys.argv[1]).read(), re.M | re.S)
assert len(blocks) == 1
with open(sys.argv[2], "w") as out:
    for line in blocks[0].splitlines():
        variable = re.fullmatch(r"(\w+) *= *(.*)", line)
        if variable:
            print("export %s=%s" % (variable[1], shlex.quote(variable[2])), file=out)
            continue
        fields = line.split(None, 5)
        assert all(re.fullmatch(r"[0-9*/,-]+", f) for f in fields[:5]), line
        assert not re.search(r"(?<!\\)%", fields[5]), line
        print(fields[5], file=out)
END
night() {
    (cd "$HOME" && env -i HOME="$HOME" LOGNAME=me SHELL=/bin/sh PATH="$tmp/bin:/usr/bin:/bin" \
        HAKBENCH_LIBDIR="$HAKBENCH_LIBDIR" HAKBENCH_SHARE_MACHINE=1 sh "$tmp/cron") >"$out" 2>"$err"
    status=$?
}
night
is "a night by cron" "$status" 0
pages_are_there cron "$HOME/mine/public"
check "its mail has what there is" test -s "$out"
night
is "the next night" "$status" 0
is "there are two suites" "$(compgen -G "$HOME/mine/results/*-suite*" | wc -l)" 2
has "and a history" "$HOME/mine/public/history.html" 'Sessions'
is "one baseline" "$(compgen -G "$HOME/mine/baseline/*.json" | wc -l)" 1
exec 9>"$HOME/mine/.nightly"
flock 9
night
is "one that still runs is not disturbed" "$status" 1
is "no suite more" "$(compgen -G "$HOME/mine/results/*-suite*" | wc -l)" 2

finish
