#!/usr/bin/env bash
# A picture of a session: every run of every allocator as a dot, the median as a line.
#   plot.sh [--force] RESULT.json [PICTURE.svg|PICTURE.png]
# A picture that is there already is written over with --force alone; the result never.
set -eu
force=no
[[ ${1:-} != --force ]] || { force=yes && shift; }
json=${1:?usage: plot.sh [--force] RESULT.json [PICTURE.svg|PICTURE.png]}
picture=${2:-${json%.json}.svg}
for tool in gnuplot jq; do
    command -v $tool >/dev/null || { echo "plot: $tool is not there (make deps installs it)" >&2; exit 1; }
done
case $picture in
    *.svg) terminal='svg size 900,520 font "sans,13" background "white"' ;;
    *.png) terminal='pngcairo size 900,520 font "sans,11"' ;;
    *) echo "plot: $picture: expected .svg or .png" >&2; exit 2 ;;
esac
if [[ $picture -ef $json ]]; then
    echo "plot: $picture is the result itself" >&2
    exit 2
elif [[ -s $picture && $force == no ]]; then
    echo "plot: $picture is there already; --force writes over it" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$work/data

# label <tab> million operations a second, of the timed runs that came out ok, fastest median first
jq -r '.jobs[] | select(.kind == "timed" and .status == "ok") |
    [.allocator, .metrics.throughput_ops_per_s / 1e6] | @tsv' <"$json" | sort -t "$(printf '\t')" -k1,1 -k2,2n | awk -F'\t' '
    function close_group() {
        if (!n) return
        median = n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
        for (i = 1; i <= n; i++) printf "%.6f\t%s\t%.6f\n", median, label, value[i]
    }
    $1 != label { close_group(); label = $1; n = 0 }
    { value[++n] = $2 }
    END { close_group() }' | sort -s -t "$(printf '\t')" -k1,1gr -k2,2 | awk -F'\t' '
    $2 != label { place++; label = $2 }
    { printf "%d\t%s\t%s\t%s\n", place, $2, $3, $1 }' >"$data"
[[ -s $data ]] || { echo "plot: $json has no timed runs" >&2; exit 1; }

# A name is text to gnuplot in single quotes alone: elsewhere it may run commands. It opens no file
# of the user's, of which a name that begins with | would be one, too.
quoted() { # TEXT
    local text=${1//$'\n'/ }
    printf "'%s'" "${text//\'/\'\'}"
}
title=$(basename -- "${json%.json}")
{
    printf 'set title %s noenhanced\n' "$(quoted "$title: every run, and the median")"
    printf 'data = %s\n' "$(quoted "$data")"
    cat <<GNUPLOT
set terminal $terminal
set datafile separator "\t"
set ylabel "million operations a second"
set yrange [0:*]
set xrange [0.4:$(tail -n 1 "$data" | cut -f 1).6]
set grid y linecolor "#dddddd"
set border 3
set xtics nomirror noenhanced rotate by -20
set ytics nomirror
unset key
plot data using (\$1-0.28):4:(0.56):(0):xtic(2) with vectors nohead linewidth 3 linecolor "#1f6f8b", \
     data using (\$1 + 0.12 * (rand(0) - 0.5)):3 with points pointtype 7 pointsize 0.6 linecolor "#c44e52"
GNUPLOT
} >"$work/script"
gnuplot "$work/script" >"$work/picture"
cat "$work/picture" >"$picture"
printf '%s\n' "$picture"
