#!/usr/bin/env bash
# Every step of hakmem's debug build (steps/steps.c). Closes with "N passed, N failed".
#   steps.sh LIBRARY.so [SEED [ROUNDS]]      a round is some hundred forks, half a minute
set -u
library=$(realpath "${1:?usage: steps.sh LIBRARY.so [SEED [ROUNDS]]}") || exit 2
cd "$(dirname "$0")" || exit 2
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
"${CC:-gcc}" -std=gnu11 -O1 -g -D_GNU_SOURCE -pthread -fno-builtin -Wall -Wextra -Werror -Wno-unused-result \
    -Wno-alloc-size-larger-than -Wno-unknown-warning-option -o "$folder/steps" steps/steps.c || exit 2
LD_PRELOAD=$library "$folder/steps" "${@:2}"
