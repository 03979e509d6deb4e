#!/usr/bin/env bash
# stage.sh CASE prepare|run|tidy: one step of a case; run.sh calls it, in the folder for the step.
#   prepare  makes what `run` reads, in $inputs, once, on the C library's malloc, unmeasured
#   run      the program, in an empty folder, on the allocator: what it says is compared
#   tidy     standard input to standard output: takes out what differs from run to run
# A case (cases/NAME.sh) sets `needs` (commands that must be there; all of them must be seen to run
# on the allocator, or those in `seen`) and defines `run`, and `prepare` and `tidy` where needed.
set -euo pipefail

# On the allocator: `with`, a command as it stands; `start`, a server, whose process id is $server.
become=()
with() { "${become[@]}" env LD_PRELOAD="${preload:?}" "$@"; }
start() {
    "${become[@]}" env LD_PRELOAD="${preload:?}" "$@" &
    server=$!
}
stop() { # [signal]
    kill "-${1:-TERM}" "$server"
    wait "$server"
}

# Waits until a command succeeds, 20 s at most, as long as the server is there.
await() { # command...
    local tries
    for ((tries = 0; tries < 400; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    echo "the server does not answer"
    return 1
}

# A port of 127.0.0.1 on which nobody listens, below those that the kernel hands out itself.
free_port() {
    port=$((20000 + RANDOM % 12000))
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((20000 + RANDOM % 12000))
    done
}

# Some servers refuse to be root: then they are this user, to whom the folder is given.
be_user() { # user
    [[ $(id -u) -eq 0 ]] || return 0
    id "$1" >/dev/null 2>&1 || set -- nobody
    chown "$1" .
    become=(setpriv "--reuid=$1" "--regid=$(id -g "$1")" --clear-groups)
}

# The same text every time: lines of eight words, each with a number.
make_text() { # lines
    awk -v lines="$1" 'BEGIN {
        seed = 20261124
        for (i = 1; i <= lines; i++) {
            line = i
            for (j = 0; j < 8; j++) {
                seed = (seed * 16807) % 2147483647
                line = line " w" seed % 7919
            }
            print line
        }
    }'
}

# shellcheck disable=SC2034 # cases use it
part=${PART:-1} # so small a part of its rounds, where a case asks

prepare() { :; }
tidy() { cat; }

# shellcheck source=/dev/null
source "$1"
"$2"
