#!/usr/bin/env bash
# Libraries that keep a name: hakbench allocators, and that the name is measured where it is named.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
export XDG_CONFIG_HOME=$tmp/config
file=$tmp/config/hakbench/allocators.json
cp "$build/libhakmem.so" "$tmp/libown.so"
tiny=(--quick --runs 2 --set operations=100k --quiet --no-pin --reference system)

hb_is "no names" 0 allocators
has "and how to give one" "$out" "hakbench allocators add NAME LIBRARY"
check_not "nothing is written by a look" test -e "$tmp/config"

echo "--- add"
(cd "$tmp" && "$hakbench" allocators add own libown.so) >"$out" 2>"$err"
is "a relative path" $? 0
hb_is "with a variable" 0 allocators add own-lean "$tmp/libown.so;HAKMEM_SS_MEM_LEAN=1"
hb_is "they are listed" 0 allocators list
is "sorted, whole paths" "$(cat "$out")" "own       $tmp/libown.so
own-lean  $tmp/libown.so;HAKMEM_SS_MEM_LEAN=1"
check "the file is JSON" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "hakbench.allocators/1" and len(d["allocators"]) == 2, d' "$file"
hb_is "a library that is not there" 2 allocators add none "$tmp/none.so"
has "is named" "$err" "there is no file $tmp/none.so"
hb_is "a name of hakbench's own" 2 allocators add hakmem "$tmp/libown.so"
has "is refused" "$err" "hakmem is an allocator of hakbench's own"
hb_is "a text" 2 allocators add own-text /etc/passwd
has "is no library" "$err" "/etc/passwd is no library"
hb_is "hakbench's own name for another" 0 rebase --dry-run "${tiny[@]}" --allocator "hakmem=$tmp/libown.so"
has "is said" "$err" "hakmem is $tmp/libown.so here, in the place of hakbench's own"
XDG_CONFIG_HOME=/dev/null hb_is "a folder that cannot be made" 2 allocators add own "$tmp/libown.so"
has "is no results folder" "$err" "cannot make the folder /dev/null/hakbench"
hb_is "a name with a colon" 2 allocators add a:b "$tmp/libown.so"
hb_is "too few words" 2 allocators add own
hb_is "a word that is none of these" 2 allocators frob
has "the words are told" "$err" "expected list, add NAME LIBRARY, or remove NAME"

echo "--- named"
hb_is "measured by its name" 0 rebase --allocators own,own-lean "${tiny[@]}" --results "$tmp/r"
json_true "as that library, with its variable" "$(one "$tmp/r" json)" \
    "[(a['name'], a['environment']) for a in d['allocators'] if a['plugin_path'] == '$tmp/libown.so']
     == [('own', None), ('own-lean', 'HAKMEM_SS_MEM_LEAN=1')]"
hb_is "not where it is not named" 0 rebase --allocators system "${tiny[@]}" --results "$tmp/q"
json_true "nobody measured it" "$(one "$tmp/q" json)" "all(a['name'] != 'own' for a in d['allocators'])"
hb_is "the command line goes first" 0 rebase --allocator "own=$build/libhakmem.so" --allocators own "${tiny[@]}" \
    --results "$tmp/p"
json_true "its library is measured" "$(one "$tmp/p" json)" \
    "[a['plugin_path'] for a in d['allocators'] if a['name'] == 'own'] == ['$(realpath "$build/libhakmem.so")']"

echo "--- what goes wrong"
mv "$tmp/libown.so" "$tmp/away.so"
hb_is "a library that went away is listed" 0 allocators
has "as not there" "$out" "own  .*  .not there.$"
hb_is "and refused where it is named" 2 rebase --allocators own "${tiny[@]}" --results "$tmp/n"
has "with the file that names it" "$err" "allocators.json: .*there is no file $tmp/libown.so"
hb_is "others are measured all the same" 0 rebase --allocators system "${tiny[@]}" --results "$tmp/o"
hb_is "remove" 0 allocators remove own-lean
hb_is "what is not there" 2 allocators remove own-lean
echo '{"schema": "hakbench.allocators/1", "allocators": {"x": 1}}' >"$file"
hb_is "a damaged file" 2 allocators
has "is named with its place" "$err" "allocators.json:1:[0-9]+: .*expected a string"
echo '{"schema": "other/1"}' >"$file"
hb_is "what names none of it" 0 rebase --dry-run --allocators system "${tiny[@]}"
has "is warned" "$err" "allocators.json:1:.* its names are not known"
hb_is "a list of allocators" 0 list allocators
has "too" "$err" "its names are not known"
hb_is "what names one" 2 rebase --dry-run --allocators x "${tiny[@]}"
has "is refused" "$err" 'no allocator "x"'
hb_is "a file of another kind" 2 allocators add own "$tmp/away.so"
is "is not written over" "$(cat "$file")" '{"schema": "other/1"}'
rm "$file"
env -u XDG_CONFIG_HOME -u HOME "$hakbench" allocators add own "$tmp/away.so" >"$out" 2>"$err"
is "no home" $? 2
has "is told" "$err" "neither XDG_CONFIG_HOME nor HOME is set"
env -u XDG_CONFIG_HOME HOME="$tmp/home" "$hakbench" allocators add own "$tmp/away.so" 2>"$err"
check "a home alone will do" test -s "$tmp/home/.config/hakbench/allocators.json"

finish
