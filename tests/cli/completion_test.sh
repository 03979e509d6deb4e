#!/usr/bin/env bash
# Completion in the real shells: what they offer is what the program has, today and for every
# command; and `hakbench list --names`, which it all comes from.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
scripts=$PWD/scripts/completion
driver=$PWD/tests/cli/completion_driver.py
export HOME=$tmp/home XDG_CONFIG_HOME=$tmp/home XDG_DATA_HOME=$tmp/home
mkdir -p "$HOME/own" "$tmp/bin"
ln -s "$hakbench" "$tmp/bin/hakbench"
ln -s "$hakbench" "$HOME/own/hakbench"
elsewhere=$PATH
export PATH=$tmp/bin:$PATH HAKBENCH_DATADIR=$PWD

# --- the names ---------------------------------------------------------------------------------

names() { "$hakbench" list --names "$1"; }
hb_is "names of allocators" 0 list --names allocators
is "are the plugins" "$(xargs <"$out")" \
    "$(cd allocators && ls -d -- *.c hakmem | sed 's/\.c$//' | sort | xargs)"
hb_is "names of workloads" 0 list --names workloads
is "are the files" "$(xargs <"$out")" "$(cd workloads && printf '%s\n' *.c | sed 's/\.c$//' | xargs)"
hb_is "names of profiles" 0 list --names profiles
is "are the files, too" "$(xargs <"$out")" \
    "$(cd profiles && printf '%s\n' *.json | sed 's/\.json$//' | LC_ALL=C sort | xargs)"
hb_is "names of commands" 0 list --names commands
is "are those of --help" "$(xargs <"$out")" \
    "$("$hakbench" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | xargs)"
hb_is "names of metrics" 0 list --names metrics
has "of jobs" "$out" '^memory_syscalls_per_op$'
has "and of epochs" "$out" '^latency_p999_ns$'
is "each once" "$(sort "$out" | uniq -d)" ""
hb_is "names of figures" 0 list --names figures
is "are what compare --help lists" "$(xargs <"$out")" \
    "$("$hakbench" compare --help | sed -n '/^Metrics/,$s/^  \([a-z][a-z0-9_]*\) .*/\1/p' | xargs)"
hb_is "names of parameters" 0 list --names parameters
for parameter in operations working_set touch idle_seconds; do
    has "have $parameter" "$out" "^$parameter\$"
done
has_not "the seed is --seed" "$out" '^seed$'
is "each but once" "$(sort "$out" | uniq -d)" ""
hb_is "names of variants" 0 list --names variants
has "are modes" "$out" '^hakmem:lean$'
hb_is "no such kind" 2 list --names nonsense
has "the kinds are told" "$err" 'expected one of allocators, commands, .*workloads$'
hb_is "a kind and a section" 2 list --names profiles workloads
# Nothing is loaded: neither a plugin nor a worker has to work.
mkdir -p "$tmp/dead/allocators" "$tmp/dead/workloads"
touch "$tmp/dead/hakbench-worker" "$tmp/dead/allocators/empty.so"
HAKBENCH_LIBDIR=$tmp/dead hb_is "names need no worker" 0 list --names allocators
is "and no plugin" "$(cat "$out")" empty

# --- what is wanted, shell by shell ------------------------------------------------------------

mapfile -t commands < <(names commands)
declare -A options_of # of a command: its long options
for command in "${commands[@]}"; do
    options_of[$command]=$("$hakbench" "$command" --help |
        sed -nE 's/^ {2,6}(-., )?(--[a-z-]+).*/\2/p' | sort -u | xargs)
done
words_of() { grep -oE -- '(^|[[:space:]])--[a-z][a-z-]*' | tr -d '[:blank:]' | sort -u | xargs; }
mkdir "$tmp/files"
touch "$tmp/files/"{one.json,two.csv,three.jsonl,four.txt,libmine.so}
mkdir "$tmp/files/folder"
cd "$tmp/files" || exit 2

# Values that every shell offers. SHELL_offers LINE... prints the words offered for the last
# word of each, one a line, after its number, in full or without what is typed already before = , or :
values() { # SHELL
    local line
    offers "$1" "reb" rebase
    offers "$1" "rebase --profile mixed-1" mixed-100k mixed-10k
    offers "$1" "rebase --profile o" one.json
    offers "$1" "rebase --allocators tb" tbbmalloc
    offers "$1" "rebase --allocators hakmem,tb" tbbmalloc
    offers "$1" "rebase --allocators=hakmem,tb" tbbmalloc
    offers "$1" "rebase --allocators hakmem:l" lean
    offers "$1" "rebase --allocators mimalloc,jemalloc:" background lean
    offers "$1" "rebase --reference mi" mimalloc
    offers "$1" "rebase --set workin" working_set=
    offers "$1" "rebase --set=workin" working_set=
    offers "$1" "rebase --allocator mine=lib" libmine.so
    offers "$1" "rebase --via " dlopen preload
    offers "$1" "soak --control n" none
    offers "$1" "soak --control fl" floor
    offers "$1" "soak --count a" always auto
    offers "$1" "soak --resume t" three.jsonl
    offers "$1" "soak --results f" folder/
    offers "$1" "analyze t" three.jsonl two.csv
    offers "$1" "compare --metrics throughput,ns_p" ns_per_op
    offers "$1" "compare --fail-on 'throughput<-3%,ns_p" "ns_per_op<" "ns_per_op>"
    offers "$1" "compare --fail-on hakmem:rss_p" "rss_peak<" "rss_peak>"
    offers "$1" "compare --format c" csv
    offers "$1" "compare --relative-to re" reference
    offers "$1" "compare --base-allocator sys" system
    offers "$1" "compare t" three.jsonl two.csv
    offers "$1" "compare new=o" one.json
    offers "$1" "report --format m" markdown
    offers "$1" "report --png f" folder/
    # shellcheck disable=SC2046 # words are meant
    offers "$1" "export --format " $("$hakbench" export --help | sed -n '/^Formats:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    offers "$1" "export -f hy" hyperfine
    offers "$1" "import --workload random" random_mixed
    offers "$1" "import t" three.jsonl two.csv
    offers "$1" "list w" workloads
    offers "$1" "check --only sizes,al" align aligned_alloc_of_odd_sizes aligned_alloc_refuses_bad_alignments allocator_may_be_loaded_again
    offers "$1" "list --names p" parameters profiles promises
}
# offers SHELL LINE WORD...: exactly these, whatever stands before them in the same word. The shell is
# asked once for all lines, when `answered` looks.
lines=() wanted=()
offers() {
    lines+=("$2")
    wanted+=("${*:3}")
}
answered() { # SHELL
    local i word answers=()
    while read -r i word; do
        answers[i]+=${answers[i]:+ }$word
    done < <("$1_offers" "${lines[@]}" | sed -E 's/^([0-9]+ ).*[:,](.)/\1\2/; s/^([0-9]+ )--[a-z]+=(.)/\1\2/
        s/^([0-9]+ )[a-z]+=(.)/\1\2/' | LC_ALL=C sort -u)
    for i in "${!lines[@]}"; do
        is "$1: hakbench ${lines[i]}" "${answers[i]:-}" "${wanted[i]}"
    done
    lines=() wanted=()
}

# --- bash --------------------------------------------------------------------------------------

# The lines cut as bash cuts them, through the function itself.
bash_offers() { # LINE...: what is offered, each word after the number of its line
    bash --norc -c '
        compopt() { :; }
        source "$1"
        shift
        for line; do
            COMP_LINE="hakbench $line" COMP_POINT=$((9 + ${#line})) COMPREPLY=()
            mapfile -t COMP_WORDS < <(grep -oE "[=:]+|[^=: ]+" <<<"$COMP_LINE")
            [[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _hakbench
            for word in "${COMPREPLY[@]}"; do
                if [[ -d $word ]]; then word+=/; fi
                echo "$((number)) $word"
            done
            number=$((number + 1))
        done' bash "$scripts/hakbench.bash" "$@"
}
every_command() { # SHELL: its options, and it
    local command
    for command in "${commands[@]}"; do
        # shellcheck disable=SC2086 # words are meant
        offers "$1" "$command --" $(printf '%s\n' ${options_of[$command]} | LC_ALL=C sort)
    done
    # shellcheck disable=SC2046
    offers "$1" "" $(printf '%s\n' "${commands[@]}" | LC_ALL=C sort)
}
values bash
every_command bash
answered bash

# become SHELL PLACE: pairs "line|what it becomes" on stdin, typed into the interactive shell
become() {
    local pairs pair got i=0
    mapfile -t pairs
    mapfile -t got < <(printf '%s\n' "${pairs[@]%%|*}" | command python3 "$driver" "$1" "$2" 2>"$err")
    is_empty "$1 answers" "$err"
    for pair in "${pairs[@]}"; do
        is "$1, typed: ${pair%%|*}" "${got[i]:-}" "${pair#*|}"
        i=$((i + 1))
    done
}
# In a real bash the line is what it should be, whatever it is cut at.
become bash "$scripts/hakbench.bash" <<'PAIRS'
hakbench reb|hakbench rebase 
hakbench rebase --no-p|hakbench rebase --no-pin 
hakbench rebase --allocators hakmem:l|hakbench rebase --allocators hakmem:lean
hakbench rebase --allocators=hakmem,tb|hakbench rebase --allocators=hakmem,tbbmalloc
hakbench rebase --allocator mine=libm|hakbench rebase --allocator mine=libmine.so 
hakbench rebase --set workin|hakbench rebase --set working_set=
hakbench soak --results=fo|hakbench soak --results=folder/
hakbench soak --count=ne|hakbench soak --count=never 
PAIRS
# The program that is typed is the one that is asked, wherever it is.
PATH=$elsewhere become bash "$scripts/hakbench.bash" <<'PAIRS'
~/own/hakbench rebase --reference mi|~/own/hakbench rebase --reference mimalloc 
../bin/hakbench reb|../bin/hakbench rebase 
hakbench reb|hakbench reb
PAIRS

# --- zsh ---------------------------------------------------------------------------------------

if command -v zsh >/dev/null; then
    become zsh "$scripts" <<'PAIRS'
hakbench reb|hakbench rebase 
hakbench rebase --no-p|hakbench rebase --no-pin 
hakbench rebase --profile mixed-l|hakbench rebase --profile mixed-large 
hakbench rebase --profile one|hakbench rebase --profile one.json 
hakbench rebase --allocators hakmem:l|hakbench rebase --allocators hakmem:lean
hakbench rebase --allocators hakmem,tb|hakbench rebase --allocators hakmem,tbbmalloc
hakbench rebase --allocators=tb|hakbench rebase --allocators=tbbmalloc
hakbench rebase --reference mi|hakbench rebase --reference mimalloc 
hakbench rebase --allocator mine=libm|hakbench rebase --allocator mine=libmine.so 
hakbench rebase --set workin|hakbench rebase --set working_set=
hakbench rebase --via pre|hakbench rebase --via preload 
hakbench soak --control no|hakbench soak --control none 
hakbench soak --count=ne|hakbench soak --count=never 
hakbench soak --resume th|hakbench soak --resume three.jsonl 
hakbench soak --results fo|hakbench soak --results folder/
hakbench analyze tw|hakbench analyze two.csv 
hakbench compare new=on|hakbench compare new=one.json 
hakbench compare --metrics throughput,ns_p|hakbench compare --metrics throughput,ns_per_op
hakbench compare --fail-on 'ns_p|hakbench compare --fail-on 'ns_per_op
hakbench compare --fail-on 'cv>2%,hakmem:ns_p|hakbench compare --fail-on 'cv>2%,hakmem:ns_per_op
hakbench compare --relative-to ref|hakbench compare --relative-to reference 
hakbench export -f hy|hakbench export -f hyperfine 
hakbench report --png fo|hakbench report --png folder/
hakbench import --workload random|hakbench import --workload random_mixed 
hakbench list --names prof|hakbench list --names profiles 
hakbench list wor|hakbench list workloads 
PAIRS
    PATH=$elsewhere become zsh "$scripts" <<'PAIRS'
~/own/hakbench rebase --reference mi|~/own/hakbench rebase --reference mimalloc 
../bin/hakbench reb|../bin/hakbench rebase 
PAIRS
    mapfile -t shown < <(printf '?hakbench %s --\n' "${commands[@]}" |
        command python3 "$driver" zsh "$scripts" 2>"$err")
    for i in "${!commands[@]}"; do
        is "zsh: options of ${commands[i]}" "$(words_of <<<"${shown[i]:-}")" "${options_of[${commands[i]}]}"
    done
    printf '?hakbench \n' | command python3 "$driver" zsh "$scripts" >"$out" 2>"$err"
    for command in "${commands[@]}"; do
        has "zsh: offers $command" "$out" "(^| )$command +-- "
    done
else
    skip "zsh" "it is not installed"
fi

# --- fish --------------------------------------------------------------------------------------

fish_says() {
    fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scripts/hakbench.fish" "hakbench $1"
}
fish_offers() { # LINE...: as bash_offers
    fish --no-config -c 'source $argv[1]
        for number in (seq 2 (count $argv))
            complete -C "hakbench $argv[$number]" | string replace -r "\t.*" "" |
                string replace -r "^" (math $number - 2)" "
        end' "$scripts/hakbench.fish" "$@"
}
if command -v fish >/dev/null; then
    values fish
    every_command fish
    answered fish
    is "fish: a program in the home folder" "$(PATH=$elsewhere fish --no-config -c \
        'source $argv[1]; complete -C "~/own/hakbench rebase --reference mi"' "$scripts/hakbench.fish" |
        cut -f 1)" mimalloc
    fish_says "so" >"$out"
    has "fish: commands tell what they are" "$out" $'^soak\trun for an hour'
else
    skip "fish" "it is not installed"
fi
finish
