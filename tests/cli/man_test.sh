#!/usr/bin/env bash
# The manual against the program: every command has its page, every option is told and no other,
# examples are of commands and files as they are, and the pages are sound.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
pages=$build/man
widths='-rLL=200n'

# The page as text, without bold and underline; what groff objects to is in $err.
text_of() { groff -t -man -ww -Tascii -P-cbou $widths "$1" 2>"$err"; }
# section FILE NAME: its lines
section() { awk -v name="$2" '/^[A-Z]/ { inside = ($0 == name) } inside && !/^[A-Z]/' "$1"; }
# options INDENT: "-p, --profile=NAME|FILE" of each line that starts with an option
options() { sed -nE "s/^ {$1}((-., )?--[a-z-]+(\[?=[^ ]+)?)( .*)?\$/\1/p" | sort; }
long_options() { grep -oE -- '(^|[^[:alnum:]-])--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort -u; }
# strangers NAME: the lines of stdin that the file $tmp/NAME has not
strangers() { comm -23 - "$tmp/$1"; }
# codes_of_help FILE: "Exit status: 0 done, 2 wrong usage" -> 0 2
codes_of_help() {
    awk -v RS= '/Exit status: /' "$1" | tr '\n' ' ' | sed 's/.*Exit status: //' | grep -oE '(^|, (or )?)[0-9]+' |
        grep -oE '[0-9]+'
}

mapfile -t commands < <("$hakbench" list --names commands)
check "there are commands" test ${#commands[@]} -gt 6
for command in "${commands[@]}"; do
    hb_is "help of $command" 0 "$command" --help
    cp "$out" "$tmp/$command.help"
    long_options <"$out" >"$tmp/$command.options"
done
{ cat "$tmp"/*.options && printf '%s\n' --help --version --cflags --variable; } | sort -u >"$tmp/options" # the last two are pkg-config's

# --- every page --------------------------------------------------------------------------------

mapfile -t names < <(cd docs/man && printf '%s\n' *.scd | sed 's/\.scd$//')
check "there are pages" test ${#names[@]} -ge 11
for name in "${names[@]}"; do
    title=${name%.*}
    text_of "$pages/$name" >"$tmp/$name"
    is_empty "$name is sound roff" "$err"
    if command -v man >/dev/null; then
        man --warnings -E UTF-8 -l -Tutf8 -Z "$pages/$name" 2>"$err" >/dev/null
        is_empty "$name is sound to man" "$err"
    fi
    has_not "$name is whole" "$tmp/$name" '@[A-Z]'
    has "$name has its name" "$tmp/$name" "^ {7}$title - [a-z]"
    wanted=(NAME SYNOPSIS DESCRIPTION EXAMPLES "SEE ALSO")
    [[ $name == *.1 ]] && wanted=(NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO")
    for heading in "${wanted[@]}"; do
        check "$name has $heading" test -n "$(section "$tmp/$name" "$heading")"
    done
    is "$name has them in this order" \
        "$(grep -xF "$(printf '%s\n' "${wanted[@]}")" "$tmp/$name" | xargs)" "${wanted[*]}"
    is "$name names options that there are" "$(long_options <"$tmp/$name" | strangers options)" ""
    while read -r other; do
        check "$name: $other is a page" test -e "$pages/${other/(/.}" -o -e "docs/man/${other/(/.}"
    done < <(grep -oE '\b(hakbench[a-z-]*|libhakmem)\([0-9]' "$tmp/$name" | sort -u)
done
section "$tmp/hakbench.1" "SEE ALSO" >"$tmp/see"
for name in "${names[@]}" libhakmem.3; do
    [[ $name == hakbench.1 ]] ||
        has "hakbench(1) leads to $name" "$tmp/see" "(^|[ ,])${name%.*}\(${name##*.}\)"
done

# --- the commands ------------------------------------------------------------------------------

for command in "${commands[@]}"; do
    page=$tmp/hakbench-$command.1
    if [[ ! -e $page ]]; then
        bad "$command has no page" "$pages/hakbench-$command.1"
        continue
    fi
    is "$command: the page has the options of --help" \
        "$(section "$page" OPTIONS | options 7)" "$(options 2,6 <"$tmp/$command.help")"
    section "$page" "EXIT STATUS" >"$tmp/codes"
    for code in $(codes_of_help "$tmp/$command.help"); do
        has "$command: the page tells exit status $code" "$tmp/codes" "^ {7}$code( |,|\$)"
    done
    section "$tmp/hakbench.1" COMMANDS >"$tmp/listed"
    has "$command is in hakbench(1)" "$tmp/listed" "^ {7}hakbench-$command\(1\)"
done
for name in "${names[@]}"; do
    [[ $name != hakbench-*.1 ]] || check "$name is of a command" test -e "$tmp/$(cut -d - -f 2- <<<"${name%.1}").help"
done

# known KIND: each line of stdin is one; is_known NAME KIND WORD
declare -A words
known() {
    local word
    while read -r word; do words[$1 $word]=1; done
}
is_known() { if [[ -n ${words[$2 $3]:-} ]]; then ok; else bad "$1: there is no $2 $3"; fi; }
# As long_options, the line's own, as $options.
find_options() {
    local rest=$1
    options=()
    while [[ $rest =~ (^|[^[:alnum:]-])(--[a-z][a-z-]*) ]]; do
        options+=("${BASH_REMATCH[2]}")
        rest=${rest#*"${BASH_REMATCH[0]}"}
    done
}

# Lines of examples, and those of the README and of docs/, are of commands, options, profiles and
# make targets that there are.
"$hakbench" list --names profiles >"$tmp/profiles"
make -s help | awk '{ print $1 }' >"$tmp/targets"
check "there are profiles and targets" test -s "$tmp/profiles" -a -s "$tmp/targets"
known profile <"$tmp/profiles"
known target <"$tmp/targets"
for command in "${commands[@]}"; do known "$command's option" <"$tmp/$command.options"; done
while IFS=: read -r name line; do
    [[ $line =~ ^\ *(\$ )?(\./)?hakbench\ ([a-z]+) ]]
    command=${BASH_REMATCH[3]}
    check "$name: $command is a command" test -e "$tmp/$command.options"
    find_options "$line"
    for option in "${options[@]}"; do is_known "$name: $line" "$command's option" "$option"; done
    [[ ! $line =~ --profile[\ =]([a-z0-9-]+)(\ .*)?$ ]] || is_known "$name" profile "${BASH_REMATCH[1]}"
done < <(
    (cd "$tmp" && for name in "${names[@]}"; do section "$name" EXAMPLES | sed "s/^/$name:/"; done
        cd "$OLDPWD" && awk '/^```/ { inside = !inside } inside { print FILENAME ":" $0 }' \
            README.md docs/*.md) | grep -E '^[^:]*: *(\$ )?(\./)?hakbench [a-z]' |
        sed -E 's/(hakbench [^#]*) # .*/\1/'
)
while IFS=: read -r name target; do
    is_known "$name: make $target" target "$target"
done < <(grep -oHE '(^|`)make [a-z][a-z-]*' README.md docs/*.md docs/hakmem/*.md | sed -E 's/:`?make /:/' | sort -u)

# --- the formats -------------------------------------------------------------------------------

# keys SCHEMA: every key of a JSON Schema
keys() {
    python3 - "$1" <<'PY'
import json, sys
keys = set()
def walk(node):
    if isinstance(node, dict):
        keys.update(node.get("properties", {}))
        node = list(node.values())
    for child in node if isinstance(node, list) else []:
        walk(child)
walk(json.load(open(sys.argv[1], encoding="utf-8")))
print("\n".join(sorted(keys)))
PY
}
# tells PAGE WHAT: the page has each name of stdin as a word
tells() {
    local names word
    local -A words
    mapfile -t names
    check "there are $2" test ${#names[@]} -gt 4
    while read -r word; do words[$word]=1; done < <(grep -oE '\w+' "$tmp/$1" | sort -u)
    for word in "${names[@]}"; do
        if [[ -n ${words[$word]:-} ]]; then ok; else bad "$1 does not tell $word"; fi
    done
}
tells hakbench-compare.1 figures < <("$hakbench" list --names figures)
tells hakbench-result.5 metrics < <("$hakbench" list --names metrics)
tells hakbench-result.5 keys < <(keys docs/result.schema.json)
tells hakbench-profile.5 keys < <(keys docs/profile.schema.json)
tells hakbench-plugin.7 fields < <(sed -n '/^struct hb_allocator_functions {/,/^};/p
    /^struct hb_allocator_plugin {/,/^};/p' allocators/allocator.h |
    sed -E 's:/\*.*::' | grep -oE '\(\*[a-z_]+\)\(|\*?[a-z_]+;' | grep -oE '[a-z_]{4,}' | sort -u)

# block FILE NUMBER: the text between the NUMBERth pair of fences in EXAMPLES
block() {
    sed -n '/^# EXAMPLES/,$p' "$1" |
        awk -v wanted="$2" '/^```/ { fence++; next } fence == 2 * wanted - 1'
}
block docs/man/hakbench-plugin.7.scd 1 >"$tmp/page.c"
check "the plugin of the page compiles" gcc -O2 -Wall -Wextra -Werror -fPIC -shared \
    -fvisibility=hidden -Iallocators -o "$tmp/page.so" "$tmp/page.c"
hb_is "and is measured" 0 rebase "${small[@]}" --allocators system --reference system \
    --allocator page="$tmp/page.so" --no-pin --results "$tmp/results"
has "as what it is" "$out" '^page '
block docs/man/hakbench-profile.5.scd 1 >"$tmp/example.json"
hb_is "the profile of the page loads" 0 rebase --profile "$tmp/example.json" --dry-run
has "as what it says" "$out" '^example +workload random_mixed, 6 blocks'

hb_is "help" 0 --help
has "leads to the manual" "$out" 'man hakbench'
finish
