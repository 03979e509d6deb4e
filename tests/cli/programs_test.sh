#!/usr/bin/env bash
# `make programs` on a few of its programs: hakmem passes, and what is planted is told by name: an
# allocator that fails or lies, a program that it does not reach, a process that stays.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
export BUILD=$tmp/build RUN_ARGS=--quiet
python3 - "$tmp/few.json" <<'END'
import json, sys
programs = [p for name in ("programs", "desktop") for p in json.load(open(f"profiles/{name}.json"))["programs"]]
few = json.load(open("profiles/programs.json"))
few["programs"] = [p for p in programs if p["name"] in ("bash", "make", "jq")]
json.dump(few, open(sys.argv[1], "w"))
END
cat >"$tmp/other.json" <<END
{"schema": "hakbench.profile/1", "kind": "exec", "programs": [
 {"name": "unreached", "shell": true, "command": ["set -e", "env -u LD_PRELOAD cat /dev/null", "echo a"]},
 {"name": "stays", "shell": true, "command": "sleep 600 & echo a"}]}
END
args=() names=(nulls dirty loses absent)
for i in 0 1 2 3; do
    "${CC:-cc}" -O1 -fPIC -shared -fno-builtin -DPLANT=$((6 + i)) -o "$tmp/${names[i]}.so" tests/cli/planted.c || exit 2
    args+=("--allocator=${names[i]}=$tmp/${names[i]}.so")
done
check "hakmem runs them" tests/programs.sh "$tmp/few.json"
check_not "what is broken does not" env RUN_ARGS="--quiet ${args[*]}" tests/programs.sh "$tmp/few.json"
result=$BUILD/tests/programs/few.json
wrong() { json "$result" "sorted({r['program'] for r in d['runs'] if r['allocator'] == '$1' and (r['status'] != 'ok'
    or r['output_digest'] != next(s['output_digest'] for s in d['runs'] if s['program'] == r['program']))} - {None})"; }
is "NULL" "$(wrong nulls)" "['bash', 'jq', 'make']"
is "calloc's memory is not zero" "$(wrong dirty)" "['bash', 'jq', 'make']"
is "realloc loses the contents" "$(wrong loses)" "['bash', 'jq', 'make']"
is "a library without malloc is none" "$(json "$result" "[a['missing_reason'] for a in d['allocators'] if a['label'] == 'absent']")" \
    "['$tmp/absent.so exports no malloc']"
is "none of it under hakmem" "$(wrong hakmem)" "[]"
tests/programs.sh "$tmp/other.json" >"$out" 2>"$err"
is "what it does not reach, and what stays" $? 1
has "a process that is without" "$out" '^unreached, hakmem: not in effect in cat \(LD_PRELOAD unset\), outlived by none'
has "a process that outlives its program" "$out" '^stays, hakmem: .*outlived by sleep'
finish
