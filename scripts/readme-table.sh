#!/usr/bin/env bash
# The table of README.md: a suite of everything that tells allocators apart on this machine, and its table between
# the two marks of the page. Makefile target: readme-table. One that was cut off is gone on with by the next start;
# the page is replaced as a whole, at the end.
#   scripts/readme-table.sh [BUDGET|SUITE]    60m; or the folder of a suite that is there: nothing is measured
#   README=file  the page (default README.md)      HAKBENCH=path    (default ./hakbench)
#   RESULTS=folder  its suites, and no others (default results/readme)      SUITE_OPTIONS=... of `hakbench suite`
set -eu -o pipefail
cd "$(dirname "$0")/.."
what=${1:-60m} readme=$(readlink -f "${README:-README.md}") hakbench=${HAKBENCH:-./hakbench} results=${RESULTS:-results/readme}
if [ "$(grep -xE '<!-- /?suite -->' "$readme" | tr '\n' ' ')" != '<!-- suite --> <!-- /suite --> ' ]; then
    echo "readme-table: $readme has not the two marks <!-- suite --> and <!-- /suite -->, in this order" >&2
    exit 1
fi

refused='' # by hakbench, to be gone on with
newest() { find "$results" -maxdepth 1 -name '2*-suite*' -type d ! -path "$refused" 2>/dev/null | sort | tail -n 1; }

blocks_of() { grep -c '"record":"round"' "$1/suite.log" || true; }

# A suite that was cut off still has journals.
go_on() {
    local folder
    folder=$(newest)
    [ -n "$folder" ] && [ -n "$(find "$folder" -name '*.jsonl' -print -quit)" ] || return 1
    echo "readme-table: going on with $folder, which was cut off" >&2
    local status=0 before
    before=$(blocks_of "$folder")
    "$hakbench" suite --resume "$folder" >/dev/null || status=$?
    # 2: it cannot be read; 5: a library or a loop has changed since. Without a new block its time was over.
    case $status in
    0) [ "$(blocks_of "$folder")" = "$before" ] || return 0 ;;
    2 | 5) ;;
    *) return "$((status + 100))" ;;
    esac
    refused=$folder
    echo "readme-table: that is not possible any more: a new one is begun, $folder stays" >&2
    return 1
}

if [ ! -d "$what" ]; then
    status=0
    go_on || status=$?
    [ "$status" -le 1 ] || exit "$((status - 100))"
    # Promises and the soak are in no table: all the time is for intervals.
    # shellcheck disable=SC2086 # several words
    [ "$status" = 0 ] ||
        "$hakbench" suite --budget "$what" --skip soak,check --results "$results" ${SUITE_OPTIONS:-} >/dev/null
    what=$(newest)
fi
table=$(mktemp) page=$(mktemp "$readme.XXXXXX")
trap 'rm -f "$table" "$page"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$hakbench" table --format markdown --brief "$what" >"$table"
chmod --reference="$readme" "$page"
awk -v table="$table" '/^<!-- suite -->$/ { print; while ((getline line < table) > 0) print line; between = 1; next }
    /^<!-- \/suite -->$/ { between = 0 }
    !between' "$readme" >"$page"
mv "$page" "$readme"
echo "$readme has the table of $what"
