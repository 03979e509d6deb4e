# Completion of hakbench for fish.
# Names come from `hakbench list --names` of the hakbench that was typed, and are never kept.
# Options are held against --help by tests/cli/completion_test.sh. Read next: hakbench.bash.

function __hakbench_names --argument-names kind
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program list --names $kind 2>/dev/null
end

# Names with what they are, as `hakbench --help` tells.
function __hakbench_commands
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program --help 2>/dev/null | string match -r '^  [a-z]+ +[^ ].*' | string match -v -r '^  hakbench ' |
        string replace -r '^  ([a-z]+) +' '$1\t'
end

function __hakbench_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

function __hakbench_has_none
    test (count (commandline -opc)) -lt 2
end

# What is typed of the value: without the option in the same word.
function __hakbench_token
    string replace -r '^--[a-z-]+=' '' -- (commandline -ct)
end

function __hakbench_allocators
    __hakbench_names allocators
    string match -q '*:*' -- (commandline -ct); and __hakbench_names variants
end

# In a list it is the last one that is completed.
function __hakbench_allocator_list
    set -l before (string match -r '^.*,' -- (__hakbench_token))
    __hakbench_allocators | string replace -r '^' -- "$before"
end

function __hakbench_metrics
    set -l before (string match -r '^.*,' -- (__hakbench_token))
    __hakbench_names figures | string replace -r '^' -- "$before"
end

# Groups and promises of check.
function __hakbench_promises
    set -l before (string match -r '^.*,' -- (__hakbench_token))
    __hakbench_names promises | string replace -r '^' -- "$before"
end

# Both sides of a limit.
function __hakbench_gates
    set -l before (string match -r '^.*[,:]' -- (__hakbench_token))
    __hakbench_names figures | string replace -r '(.*)' "$before\$1<\n$before\$1>" | string split '\n'
end

# FILE, LABEL=FILE or a folder.
function __hakbench_results
    set -l label (string match -r '^[^=/]+=' -- (commandline -ct))
    set -l path (string replace -r '^[^=/]+=' '' -- (commandline -ct))
    __fish_complete_path $path | string match -r -- '^[^\t]*(?:/|\.json|\.jsonl|\.csv|\.log|\.txt)(?:\t.*)?$' |
        string replace -r '^' -- "$label"
end

function __hakbench_parameters
    __hakbench_names parameters | string replace -r '$' '='
end

# Files that end so, and folders.
function __hakbench_files
    set -l endings (string escape --style=regex -- $argv | string join '|')
    __fish_complete_path (__hakbench_token) | string match -r -- "^[^\t]*(?:/|$endings)(?:\t.*)?\$"
end

# NAME=PATH
function __hakbench_external
    set -l token (__hakbench_token)
    set -l name (string match -r '^[^=]+=' -- $token); or return
    __fish_complete_path (string replace -r '^[^=]+=' '' -- $token) | string replace -r '^' -- $name
end

complete -c hakbench -f
complete -c hakbench -n __hakbench_has_none -a '(__hakbench_commands)'
complete -c hakbench -n __hakbench_has_none -l help -d 'Give the help list'
complete -c hakbench -n __hakbench_has_none -l version -d 'Print the version'

set -l every ab allocators check exec rebase soak suite syscalls trace analyze compare history report table export import selftest list doctor
complete -c hakbench -n "__hakbench_is $every" -l help -s '?' -d 'Give the help list'
complete -c hakbench -n "__hakbench_is $every" -l usage -d 'Give a short usage message'
complete -c hakbench -n "__hakbench_is $every" -l color -x -a 'auto always never' -d Colours
complete -c hakbench -n "__hakbench_is $every" -l wide -d 'All columns of a table'
complete -c hakbench -n '__hakbench_is compare history report table' -l brief -d 'What came out, for a pull request'
complete -c hakbench -n '__hakbench_is report' -l details -x -d 'So many sessions are there in full'

set -l choice '__hakbench_is check exec rebase soak suite syscalls'
set -l loop '__hakbench_is ab rebase soak syscalls'
set -l measure '__hakbench_is ab exec rebase soak syscalls'
complete -c hakbench -n $choice -l allocator -x -a '(__hakbench_external)' -d 'Measure this library or plugin as well'
complete -c hakbench -n $choice -l allocators -x -a '(__hakbench_allocator_list)' -d 'Measure these'
complete -c hakbench -n '__hakbench_is ab exec rebase soak suite syscalls' -l dry-run -d 'Print the plan, run nothing'
complete -c hakbench -n $measure -l json -x -a '(__hakbench_files .json)' -d 'Write the session there'
complete -c hakbench -n '__hakbench_is ab check exec import rebase soak suite syscalls' -l name -x -d 'What the session is called'
complete -c hakbench -n '__hakbench_is ab check exec import rebase soak suite syscalls' -l note -x -d 'A line about it'
complete -c hakbench -n $loop -l memory-limit -x -d 'End a worker that grows past it'
complete -c hakbench -n '__hakbench_is rebase soak suite syscalls' -l quick -d 'A first look'
complete -c hakbench -n $loop -l set -x -a '(__hakbench_parameters)' -d 'Set a parameter of the workload'
complete -c hakbench -n $loop -l via -x -a 'dlopen preload' -d 'How a worker gets its allocator'

set -l profile '__hakbench_is ab rebase soak syscalls analyze'
complete -c hakbench -n $profile -l profile -s p -x -a '(__hakbench_names profiles; __hakbench_files .json)' -d 'Profile'
complete -c hakbench -n '__hakbench_is ab check exec rebase soak suite syscalls selftest' -l quiet -s q -d 'No progress'
complete -c hakbench -n '__hakbench_is exec rebase soak suite selftest' -l runs -x -d 'Runs of each allocator'
complete -c hakbench -n '__hakbench_is ab exec rebase soak suite selftest' -l share-machine -d 'Measure although others do'
complete -c hakbench -n '__hakbench_is ab exec rebase soak suite syscalls selftest' -l seed -x -d Seed
complete -c hakbench -n '__hakbench_is ab exec rebase soak' -l csv -x -a '(__hakbench_files .csv)' -d 'Write the rows there'
complete -c hakbench -n '__hakbench_is ab exec rebase soak suite' -l results -x -a '(__fish_complete_directories)' -d 'Where results land'
complete -c hakbench -n '__hakbench_is ab exec rebase soak' -l resume -x -a '(__hakbench_files .jsonl)' -d 'Go on with what was cut off'
complete -c hakbench -n '__hakbench_is ab exec rebase soak' -l wait-quiet -d 'Wait until nobody else uses the machine'

complete -c hakbench -n '__hakbench_is ab exec rebase' -l count -x -a 'instructions callgrind hardware' -d 'Count instructions as well'
complete -c hakbench -n '__hakbench_is exec rebase' -l sweep -x -a '(__hakbench_parameters)' -d 'Measure at each of these values'

complete -c hakbench -n '__hakbench_is rebase' -l force -d 'Pin even what is too noisy or partial, write over --json and --csv'
complete -c hakbench -n '__hakbench_is ab check exec soak syscalls trace analyze compare history report table export import' -l force -d 'Write over a file that is there'
complete -c hakbench -n '__hakbench_is rebase soak analyze' -l strict -d 'Exit with 4 when a budget is not known'
complete -c hakbench -n '__hakbench_is exec rebase suite table' -l reference -x -a '(__hakbench_allocators)' -d 'Allocator that ratios are to'
complete -c hakbench -n '__hakbench_is rebase' -l rigorous -d '20 runs'
complete -c hakbench -n '__hakbench_is rebase' -l no-pin -d 'Leave baseline and scorecard as they are'

complete -c hakbench -n '__hakbench_is ab' -l max-minutes -x -d 'Give up after so many'
complete -c hakbench -n '__hakbench_is ab' -l max-runs -x -d 'Give up after so many runs of each'
complete -c hakbench -n '__hakbench_is exec' -l max-runs -x -d 'Go on up to so many while a verdict is open'
complete -c hakbench -n '__hakbench_is ab' -a '(__hakbench_allocators; __hakbench_files .so)'

complete -c hakbench -n '__hakbench_is exec' -l suite -x -a '(__hakbench_names profiles; __hakbench_files .json)' -d 'Run the programs of this profile'
complete -c hakbench -n '__hakbench_is exec' -l cleanup -x -d 'Done after each run'
complete -c hakbench -n '__hakbench_is exec' -l client -x -d 'Loads the server'
complete -c hakbench -n '__hakbench_is exec' -l cwd -x -a '(__fish_complete_directories)' -d 'Where it runs'
complete -c hakbench -n '__hakbench_is exec' -l env -x -d 'A variable for the command'
complete -c hakbench -n '__hakbench_is exec' -l higher-is-better -d 'Of the metric before it'
complete -c hakbench -n '__hakbench_is exec' -l ignore-failure -d 'A run with another exit status than 0 counts'
complete -c hakbench -n '__hakbench_is exec' -l ignore-output -d 'What it prints need not be the same'
complete -c hakbench -n '__hakbench_is exec' -l input -r -F -d 'Standard input'
complete -c hakbench -n '__hakbench_is exec' -l metric -x -d 'A figure of its own'
complete -c hakbench -n '__hakbench_is exec' -l ready -x -a 'tcp: unix: output:' -d 'How to see that the server is up'
complete -c hakbench -n '__hakbench_is exec' -l server -x -d 'Start this under each allocator'
complete -c hakbench -n '__hakbench_is exec' -l setup -x -d 'Done before each run'
complete -c hakbench -n '__hakbench_is exec' -l shell -d 'The command is one text for a shell'
complete -c hakbench -n '__hakbench_is exec' -l timeout -x -d 'Longest that a run may take'
complete -c hakbench -n '__hakbench_is exec' -l weigh -x -d 'What the answer weighs'

complete -c hakbench -n '__hakbench_is soak' -l control -x -a '(__hakbench_allocators) none' -d 'Allocator that shows what the machine did'
complete -c hakbench -n '__hakbench_is soak' -l count -x -a 'auto always never' -d 'Count memory system calls of live processes'
complete -c hakbench -n '__hakbench_is soak' -l epoch -x -d 'What an epoch is aimed at'
complete -c hakbench -n '__hakbench_is soak' -l minutes -s m -x -d 'Wall time of the whole soak'
complete -c hakbench -n '__hakbench_is soak' -l seconds -x -d 'With --runs: length of each run'

complete -c hakbench -n '__hakbench_is check' -l expect -x -a '(__hakbench_files .json)' -d 'Exit with 1 when less is kept than in this one'
complete -c hakbench -n '__hakbench_is check' -l jobs -s j -x -d 'Programs at a time'
complete -c hakbench -n '__hakbench_is check' -l json -x -a '(__hakbench_files .json)' -d 'Write the answers there'
complete -c hakbench -n '__hakbench_is check' -l list -d 'Print the promises, ask nothing'
complete -c hakbench -n '__hakbench_is check' -l markdown -d 'Print Markdown'
complete -c hakbench -n '__hakbench_is check' -l only -x -a '(__hakbench_promises)' -d 'Ask these alone'
complete -c hakbench -n '__hakbench_is check' -l repeat -x -d 'Runs of each promise'
complete -c hakbench -n '__hakbench_is check' -l skip -x -a '(__hakbench_promises)' -d 'Ask all but these'
complete -c hakbench -n '__hakbench_is check' -l strict -d 'Exit with 1 when any promise is not kept'
complete -c hakbench -n '__hakbench_is check' -l timeout -x -d 'Longest that one program may take'
complete -c hakbench -n '__hakbench_is check' -l why -d 'Say what happened, of each'

complete -c hakbench -n '__hakbench_is suite' -l budget -x -d 'All of it ends within this time'
complete -c hakbench -n '__hakbench_is suite' -l only -x -a 'loop sweep program trace soak check (__hakbench_names profiles)' -d 'Only these'
complete -c hakbench -n '__hakbench_is suite' -l skip -x -a 'loop sweep program trace soak check (__hakbench_names profiles)' -d 'All but these'
complete -c hakbench -n '__hakbench_is suite' -l resume -x -a '(__fish_complete_directories)' -d 'Go on with a suite that was cut off'
complete -c hakbench -n '__hakbench_is suite' -l traces -x -a '(__fish_complete_directories)' -d 'Replay the traces of this folder as well'
complete -c hakbench -n '__hakbench_is suite' -l since -x -a '(__hakbench_results)' -d 'Only what has another library than there'

complete -c hakbench -n '__hakbench_is history report' -l since -x -d 'Only what is no older: 7d, a date'
complete -c hakbench -n '__hakbench_is table' -l allocators -x -a '(__hakbench_allocator_list)' -d 'Only these'
complete -c hakbench -n '__hakbench_is table' -l resamples -x -d 'Resamples that tell how sure a place is'
complete -c hakbench -n '__hakbench_is table' -l worst-first -d 'Kinds in which the first allocator does worst come first'
complete -c hakbench -n '__hakbench_is table' -l format -x -a 'table markdown csv html' -d 'How it is written'
complete -c hakbench -n '__hakbench_is history' -l format -x -a 'table markdown html' -d 'How it is written'

complete -c hakbench -n '__hakbench_is analyze' -l json -x -a '(__hakbench_files .json)' -d 'Write the session with what was computed'
complete -c hakbench -n '__hakbench_is analyze' -l markdown -d 'Print Markdown'
complete -c hakbench -n '__hakbench_is analyze' -l plot -x -a '(__fish_complete_directories)' -d 'Draw pictures into this folder'
complete -c hakbench -n '__hakbench_is analyze' -l syscalls -d 'Show the memory system calls instead'
complete -c hakbench -n '__hakbench_is analyze' -l warmup-epochs -x -d 'Leave out the first epochs of each process'
complete -c hakbench -n '__hakbench_is analyze' -a '(__hakbench_files .json .jsonl .csv)'

complete -c hakbench -n '__hakbench_is compare' -l all -d 'Also what did not change'
complete -c hakbench -n '__hakbench_is compare' -l allocators -x -a '(__hakbench_allocator_list)' -d 'Only these'
complete -c hakbench -n '__hakbench_is compare' -l allow-cross-host -d 'Compare files of different CPUs, by ratios only'
complete -c hakbench -n '__hakbench_is compare' -l base -x -a '(__hakbench_results)' -d 'Compare with this one'
complete -c hakbench -n '__hakbench_is compare' -l base-allocator -x -a '(__hakbench_allocators)' -d 'Within one session, compare with this one'
complete -c hakbench -n '__hakbench_is ab compare' -l bisect -d 'Exit for git bisect run'
complete -c hakbench -n '__hakbench_is compare' -l fail-on -x -a '(__hakbench_gates)' -d 'Exit with 1 when the whole interval lies beyond'
complete -c hakbench -n '__hakbench_is compare' -l format -x -a 'table markdown csv json' -d 'How it is written'
complete -c hakbench -n '__hakbench_is compare' -l keep-going -d 'Leave out files that cannot be read'
complete -c hakbench -n '__hakbench_is ab compare' -l margin -x -d 'What counts as a difference'
complete -c hakbench -n '__hakbench_is compare' -l metrics -x -a '(__hakbench_metrics)' -d 'Only these metrics'
complete -c hakbench -n '__hakbench_is compare' -l no-adjust -d 'Leave in what the machine did'
complete -c hakbench -n '__hakbench_is compare' -l output -s o -r -F -d 'Write there'
complete -c hakbench -n '__hakbench_is compare' -l pairs -d 'Each file against the base'
complete -c hakbench -n '__hakbench_is compare' -l relative-to -x -a '(__hakbench_allocators) reference' -d 'Times as ratios to this allocator'
complete -c hakbench -n '__hakbench_is compare' -l strict -d 'Exit with 4 when a gate is not decided'
complete -c hakbench -n '__hakbench_is compare' -l trend -d 'Many sessions by date'
complete -c hakbench -n '__hakbench_is compare' -a '(__hakbench_results)'

set -l others '__hakbench_is history report table export import'
complete -c hakbench -n $others -l keep-going -d 'Leave out files that cannot be read'
complete -c hakbench -n $others -l output -s o -r -F -d 'Where it goes'
complete -c hakbench -n $others -a '(__hakbench_results)'
complete -c hakbench -n '__hakbench_is report' -l format -x -a 'html markdown' -d 'What is written'
complete -c hakbench -n '__hakbench_is report' -l no-charts -d 'No pictures'
complete -c hakbench -n '__hakbench_is report' -l png -x -a '(__fish_complete_directories)' -d 'Draw every chart there as well'
complete -c hakbench -n '__hakbench_is report' -l title -x -d 'Title of the page'
complete -c hakbench -n '__hakbench_is export' -l format -s f -x -a 'bencher benchstat googlebench hyperfine otava prometheus pyperf' -d Format
complete -c hakbench -n '__hakbench_is import' -l benchmark -x -d 'Take this benchmark alone'
complete -c hakbench -n '__hakbench_is import' -l workload -x -a '(__hakbench_names workloads)' -d 'What was measured'

complete -c hakbench -n '__hakbench_is trace' -a 'record info cut anonymise synth import export'
complete -c hakbench -n '__hakbench_is trace' -a '(__hakbench_files .hbt)'
complete -c hakbench -n '__hakbench_is trace' -l allocator -x -a '(__hakbench_allocators; __hakbench_external)' -d 'Under this allocator'
complete -c hakbench -n '__hakbench_is trace' -l events -x -d 'Cut these events'
complete -c hakbench -n '__hakbench_is trace' -l format -x -a 'html json markdown text' -d 'How it is written'
complete -c hakbench -n '__hakbench_is trace' -l output -s o -r -F -d 'The file that is made'
complete -c hakbench -n '__hakbench_is trace' -l quiet -s q -d 'Say nothing at the end'
complete -c hakbench -n '__hakbench_is trace' -l sample -x -a 'bytes=' -d 'Record one byte of so many'
complete -c hakbench -n '__hakbench_is trace' -l from -x -a 'auto heaptrack logalloc memory_replay ops' -d 'The format of what is imported'
complete -c hakbench -n '__hakbench_is trace' -l no-times -d 'Export without times'
complete -c hakbench -n '__hakbench_is trace' -l process -x -d 'Import the calls of this process'
complete -c hakbench -n '__hakbench_is trace' -l strict -d 'Refuse what the tools of the format live with'
complete -c hakbench -n '__hakbench_is trace' -l time -x -d 'Cut this part of its time'

complete -c hakbench -n '__hakbench_is selftest' -l statistics -d 'Only the statistics'

complete -c hakbench -n '__hakbench_is doctor' -l markdown -d 'Print Markdown'

complete -c hakbench -n '__hakbench_is list' -l names -x -a 'allocators commands figures metrics parameters profiles promises variants workloads' -d 'Print bare names instead'
complete -c hakbench -n '__hakbench_is list' -a 'allocators workloads profiles'

complete -c hakbench -n '__hakbench_is allocators' -a 'add list remove'
