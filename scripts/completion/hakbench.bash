# Completion of hakbench for bash, with or without the package bash-completion.
# Names come from `hakbench list --names` of the hakbench that was typed, and are never kept.
# Options are held against --help by tests/cli/completion_test.sh. Read next: _hakbench, hakbench.fish.
# shellcheck shell=bash

_hakbench_names() { # KIND: one a line
    "${words[0]/#\~\//$HOME/}" list --names "$1" 2>/dev/null
}

# COMMAND -> its options
_hakbench_options() {
    local measure='--dry-run --force --json --memory-limit --name --note --profile --quiet --seed --set --via'
    local choice='--allocator --allocators --quick' kept='--csv --results --resume --share-machine --wait-quiet'
    case $1 in
    ab) echo "$measure $kept --bisect --count --margin --max-minutes --max-runs" ;;
    exec)
        echo "--allocator --allocators --cleanup --client --count $kept --cwd --dry-run --env --force --higher-is-better --name --note
            --ignore-failure --ignore-output --input --json --max-runs --metric --quiet --ready --reference --runs --seed
            --server --setup --shell --suite --sweep --timeout --weigh"
        ;;
    rebase) echo "$measure $choice $kept --count --no-pin --reference --rigorous --runs --strict --sweep" ;;
    soak)
        echo "$measure $choice $kept --control --count --epoch --minutes --runs --seconds --strict"
        ;;
    syscalls) echo "$measure $choice" ;;
    check)
        echo '--allocator --allocators --expect --force --jobs --json --list --markdown --name --note --only --quiet
            --repeat --skip --strict --timeout --why'
        ;;
    analyze) echo '--force --json --markdown --plot --profile --strict --syscalls --warmup-epochs' ;;
    compare)
        echo '--all --allocators --allow-cross-host --base --base-allocator --bisect --brief --fail-on --format
            --force --keep-going --margin --metrics --no-adjust --output --pairs --relative-to --strict --trend'
        ;;
    report) echo '--brief --details --force --format --keep-going --no-charts --output --png --since --title' ;;
    suite)
        echo '--allocator --allocators --budget --dry-run --name --note --only --quick --quiet --reference --results
            --resume --runs --seed --share-machine --since --skip --traces'
        ;;
    table)
        echo '--allocators --brief --force --format --keep-going --output --reference --resamples --worst-first'
        ;;
    history) echo '--brief --force --format --keep-going --output --since' ;;
    export) echo '--force --format --keep-going --output' ;;
    import) echo '--benchmark --force --keep-going --name --note --output --workload' ;;
    trace) echo '--allocator --events --force --format --from --no-times --output --process --quiet --sample --strict --time' ;;
    selftest) echo '--quiet --runs --seed --share-machine --statistics' ;;
    list) echo '--names' ;;
    doctor) echo '--markdown' ;;
    esac
    echo '--color --help --usage --wide'
}

# The words as the command will get them: bash cuts them at = and : for completion. Sets words (all
# up to the cursor), current (the last one) and cut (what of it readline keeps as it is).
_hakbench_split() {
    local i piece glued=no breaks=${COMP_WORDBREAKS//[^=:]/}
    words=("${COMP_WORDS[0]}")
    for ((i = 1; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if [[ $i -eq $COMP_CWORD && -z $piece && ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]]; then
            words+=("")
        elif [[ ($glued == yes || $piece =~ ^[=:]+$) && ${#words[@]} -gt 1 ]]; then
            words[-1]+=$piece
        else
            words+=("$piece")
        fi
        [[ $piece =~ ^[=:]+$ ]] && glued=yes || glued=no
    done
    current=${words[-1]} cut=
    if [[ $current == [\'\"]* ]]; then
        current=${current:1}
    elif [[ $breaks ]]; then
        cut=${current%"${current##*["$breaks"]}"}
    fi
}

# offer PREFIX: the candidates on stdin that go on from what is typed behind PREFIX
_hakbench_offer() {
    local candidate
    while IFS= read -r candidate; do
        candidate=$1$candidate
        [[ $candidate == "$current"* ]] && COMPREPLY+=("${candidate#"$cut"}")
    done
}
_hakbench_words() { # PREFIX WORD...
    local prefix=$1
    shift
    _hakbench_offer "$prefix" < <(printf '%s\n' "$@")
}

# Files that end so, and folders; every file without an ending.
_hakbench_files() { # PREFIX ENDING...
    local path prefix=$1 ending
    shift
    compopt -o filenames
    while IFS= read -r path; do
        if [[ $# -eq 0 || -d ${path/#\~\//$HOME/} ]]; then
            _hakbench_words "$prefix" "$path"
            continue
        fi
        for ending; do
            [[ $path != *"$ending" ]] || _hakbench_words "$prefix" "$path"
        done
    done < <(compgen -f -- "${current#"$prefix"}")
}

# PREFIX and what of a list behind it ends with a comma.
_hakbench_comma() {
    local list=${current#"$1"}
    printf '%s' "$1${list%"${list##*,}"}"
}

_hakbench_allocators() { # PREFIX
    _hakbench_offer "$1" < <(_hakbench_names allocators)
    [[ ${current#"$1"} != *:* ]] || _hakbench_offer "$1" < <(_hakbench_names variants)
}

# Both sides of a limit, so that bash does not take the name for the whole word and close its quote.
_hakbench_gates() { # PREFIX
    local before
    before=$(_hakbench_comma "$1")
    [[ ${current#"$before"} != *:* ]] || before=${current%:*}:
    compopt -o nospace
    _hakbench_offer "$before" < <(_hakbench_names figures | sed 's/.*/&<\n&>/')
}

_hakbench_formats() { # COMMAND
    case $1 in
    compare) echo 'table markdown csv json' ;;
    report) echo 'html markdown' ;;
    table) echo 'table markdown csv html' ;;
    history) echo 'table markdown html' ;;
    trace) echo 'html json markdown text' ;;
    export) echo 'bencher benchstat googlebench hyperfine otava prometheus pyperf' ;;
    esac
}

# Results: FILE, LABEL=FILE or a folder.
_hakbench_results() {
    _hakbench_files "${current%"${current#*=}"}" .json .jsonl .csv .log .txt
}

# The value of an option. PREFIX is what stands before it in the same word ("--via="). Fails for
# options that take none.
_hakbench_value() { # COMMAND OPTION PREFIX
    local prefix=$3
    case $2 in
    --profile | -p | --suite)
        _hakbench_offer "$prefix" < <(_hakbench_names profiles)
        _hakbench_files "$prefix" .json
        ;;
    --allocators)
        compopt -o nospace
        _hakbench_allocators "$(_hakbench_comma "$prefix")"
        ;;
    --from) _hakbench_words "$prefix" auto heaptrack logalloc memory_replay ops ;;
    --sample) _hakbench_words "$prefix" bytes= ;;
    --allocator)
        [[ $1 != trace ]] || _hakbench_allocators "$prefix"
        [[ ${current#"$prefix"} != *=* ]] ||
            _hakbench_files "${current%"${current#"$prefix"*=}"}" .so
        ;;
    --reference | --base-allocator) _hakbench_allocators "$prefix" ;;
    --relative-to)
        _hakbench_allocators "$prefix"
        _hakbench_words "$prefix" reference
        ;;
    --metrics)
        compopt -o nospace
        _hakbench_offer "$(_hakbench_comma "$prefix")" < <(_hakbench_names figures && echo all)
        ;;
    --fail-on) _hakbench_gates "$prefix" ;;
    --format | -f)
        # shellcheck disable=SC2046 # words are meant
        _hakbench_words "$prefix" $(_hakbench_formats "$1")
        ;;
    --control)
        _hakbench_allocators "$prefix"
        _hakbench_words "$prefix" none
        ;;
    --set | --sweep)
        compopt -o nospace
        _hakbench_offer "$prefix" < <(_hakbench_names parameters | sed 's/$/=/')
        ;;
    --via) _hakbench_words "$prefix" dlopen preload ;;
    --color) _hakbench_words "$prefix" auto always never ;;
    --count)
        if [[ $1 == soak ]]; then
            _hakbench_words "$prefix" auto always never
        else
            _hakbench_words "$prefix" instructions callgrind hardware
        fi
        ;;
    --names)
        _hakbench_words "$prefix" allocators commands figures metrics parameters profiles promises \
            variants workloads
        ;;
    --only | --skip)
        compopt -o nospace
        _hakbench_offer "$(_hakbench_comma "$prefix")" < <(_hakbench_names promises)
        ;;
    --json | --expect) _hakbench_files "$prefix" .json ;;
    --csv) _hakbench_files "$prefix" .csv ;;
    --resume) _hakbench_files "$prefix" .jsonl ;;
    --base | --output | -o) _hakbench_files "$prefix" ;;
    --workload) _hakbench_offer "$prefix" < <(_hakbench_names workloads) ;;
    --results | --plot | --png | --cwd | --traces) _hakbench_files "$prefix" / ;;
    --input) _hakbench_files "$prefix" ;;
    --ready) _hakbench_words "$prefix" tcp: unix: output: ;;
    --runs | --max-runs | --max-minutes | --seed | --minutes | -m | --seconds | --epoch | --memory-limit | --warmup-epochs | --margin | --details | \
        --jobs | -j | --repeat | --title | --benchmark | --cleanup | --client | --env | --metric | --name | --note | --server | --setup | --timeout | --weigh | --events | --time) ;;
    *) return 1 ;;
    esac
    return 0
}

_hakbench_argument() { # COMMAND
    case $1 in
    ab)
        _hakbench_allocators ""
        _hakbench_files "" .so
        ;;
    allocators) _hakbench_words "" add list remove ;;
    analyze) _hakbench_files "" .json .jsonl .csv ;;
    compare | report | export | import) _hakbench_results ;;
    trace)
        if [[ $count -eq 3 ]]; then
            _hakbench_words "" record info cut anonymise synth import export
        elif [[ ${words[2]} == import ]]; then
            _hakbench_files "" # another tool's, of any name
        else
            _hakbench_files "" .hbt
        fi
        ;;
    list) _hakbench_words "" allocators workloads profiles ;;
    esac
}

_hakbench() {
    local words current cut
    COMPREPLY=()
    _hakbench_split
    local count=${#words[@]} command=${words[1]:-}
    if [[ $count -eq 2 ]]; then
        if [[ $current == -* ]]; then
            _hakbench_words "" --help --version
        else
            _hakbench_offer "" < <(_hakbench_names commands)
        fi
    elif [[ $current == --*=* ]]; then
        _hakbench_value "$command" "${current%%=*}" "${current%%=*}="
    elif ! _hakbench_value "$command" "${words[count - 2]}" ""; then
        if [[ $current == -* ]]; then
            # shellcheck disable=SC2046 # words are meant
            _hakbench_words "" $(_hakbench_options "$command")
        else
            _hakbench_argument "$command"
        fi
    fi
    return 0
}
complete -F _hakbench hakbench
