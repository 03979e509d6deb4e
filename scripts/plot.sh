#!/usr/bin/env bash
# A picture of a session: every run of every allocator as a dot, the median as a line.
#   plot.sh RESULT.json [PICTURE.svg|PICTURE.png]
set -eu
json=${1:?usage: plot.sh RESULT.json [PICTURE.svg|PICTURE.png]}
picture=${2:-${json%.json}.svg}
for tool in gnuplot jq; do
    command -v $tool >/dev/null || { echo "plot: $tool is not there (make deps installs it)" >&2; exit 1; }
done
case $picture in
    *.svg) terminal='svg size 900,520 font "sans,13" background "white"' ;;
    *.png) terminal='pngcairo size 900,520 font "sans,11"' ;;
    *) echo "plot: $picture: expected .svg or .png" >&2; exit 2 ;;
esac
data=$(mktemp)
trap 'rm -f "$data"' EXIT

# label <tab> million operations a second, of the timed runs that came out ok, fastest median first
jq -r '.jobs[] | select(.kind == "timed" and .status == "ok") |
    [.allocator, .metrics.throughput_ops_per_s / 1e6] | @tsv' "$json" | sort -t "$(printf '\t')" -k1,1 -k2,2n | awk -F'\t' '
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

gnuplot <<GNUPLOT
set terminal $terminal
set output "$picture"
set datafile separator "\t"
set title "$(basename "${json%.json}"): every run, and the median" noenhanced
set ylabel "million operations a second"
set yrange [0:*]
set xrange [0.4:$(tail -n 1 "$data" | cut -f 1).6]
set grid y linecolor "#dddddd"
set border 3
set xtics nomirror noenhanced rotate by -20
set ytics nomirror
unset key
plot "$data" using (\$1-0.28):4:(0.56):(0):xtic(2) with vectors nohead linewidth 3 linecolor "#1f6f8b", \
     "" using (\$1 + 0.12 * (rand(0) - 0.5)):3 with points pointtype 7 pointsize 0.6 linecolor "#c44e52"
GNUPLOT
echo "$picture"
