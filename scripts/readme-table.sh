#!/usr/bin/env bash
# The table of README.md: a suite of everything that this machine can measure, and its table between the two
# marks of the page. Makefile target: readme-table.
#   scripts/readme-table.sh [BUDGET|SUITE]    20m; or the folder of a suite that is there: nothing is measured
#   README=file  the page (default README.md)      HAKBENCH=path  (default ./hakbench)
set -eu -o pipefail
cd "$(dirname "$0")/.."
what=${1:-20m} readme=${README:-README.md} hakbench=${HAKBENCH:-./hakbench}
if [ "$(grep -c '^<!-- /\{0,1\}suite -->$' "$readme")" != 2 ]; then
    echo "readme-table: $readme has not the two marks <!-- suite --> and <!-- /suite -->" >&2
    exit 1
fi
if [ ! -d "$what" ]; then
    "$hakbench" suite --budget "$what" >/dev/null
    what=$(find results -maxdepth 1 -name '*-suite*' | sort | tail -n 1)
fi
table=$(mktemp)
trap 'rm -f "$table" "$table.page"' EXIT
"$hakbench" table --format markdown --brief "$what" >"$table"
awk -v table="$table" '/^<!-- suite -->$/ { print; while ((getline line < table) > 0) print line; between = 1; next }
    /^<!-- \/suite -->$/ { between = 0 }
    !between' "$readme" >"$table.page"
cat "$table.page" >"$readme"
echo "$readme has the table of $what"
