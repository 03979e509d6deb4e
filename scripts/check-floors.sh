#!/usr/bin/env bash
# Holds every #include of src, allocators and workloads against docs/floors.txt: no room reaches
# up, nothing includes in a circle; in src not even by way of a .c file, which counts as one with its
# header. Names file and line. Run from anywhere.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
floors=docs/floors.txt
[[ -r $floors ]] || { echo "floors: no $floors"; exit 1; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

find src allocators workloads -name '*.[ch]' | sort >"$work/files"
# file:line:"included" or file:line:<included>
xargs -r grep -HnE '^[[:space:]]*#[[:space:]]*include\>' <"$work/files" |
    sed -E 's/^([^:]*:[0-9]+:)[^"<]*(["<][^">]*).*/\1\2/' >"$work/includes"

awk -v edges="$work/edges" '
function fault(where, text) { print where ": " text; faults++ }
function base_name(path) { sub(/.*\//, "", path); return path }
function folder(path) { return substr(path, 1, length(path) - length(base_name(path))) }
function stem(path) { path = base_name(path); sub(/\.[ch]$/, "", path); return path }

# "src/run/conduct.c" -> "run"; "allocators/system.c" -> "plugins"
function room_of(path,   part) {
    split(path, part, "/")
    if (part[1] == "src") return part[3] == "" ? "main" : part[2]
    if (part[1] == "workloads") return "workloads"
    return part[3] == "" ? "plugins" : "hakmem"
}

# Where the compiler finds it: beside the file (with quotes), then in the folders of -I. "" when
# nowhere.
function resolve(path, included, beside,   place, count, i) {
    count = split(beside " src/ allocators/ workloads/ allocators/hakmem/", place, " ")
    for (i = 1; i <= count - (room_of(path) != "hakmem"); i++)
        if (place[i] included in exists) return place[i] included
    return ""
}

function is_allowed(room, path, target,   short) {
    short = target
    sub(/^(src|allocators|workloads)\//, "", short)
    if (room == room_of(target) || (room, room_of(target)) in allowed) return 1
    return (room, short) in allowed || (room "/" stem(path), short) in allowed
}

function judge_hakmem(where, from, to) {
    if (to == "hakmem" || from == to) return
    if (!(from in floor_of)) fault(where, "hakmem/" from " has no floor in docs/floors.txt")
    else if (!(to in floor_of)) fault(where, "hakmem/" to " has no floor in docs/floors.txt")
    else if (floor_of[to] > floor_of[from])
        fault(where, from " (floor " floor_of[from] ") must not include " to " (floor " floor_of[to] ")")
}

function judge(where, path, included,   room, target) {
    room = room_of(path)
    target = resolve(path, included, folder(path))
    if (included ~ /\.c$/) fault(where, "includes a .c file: " included)
    else if (!(room in known)) fault(where, "room " room " is not in docs/floors.txt")
    else if (target == "") {
        if (!((room, included) in allowed))
            fault(where, room " must not include " included ", or it is nowhere in the tree")
    } else if (target == path) fault(where, "includes itself")
    else if (!is_allowed(room, path, target))
        fault(where, room " must not include " included " (" room_of(target) ")")
    else if (room == "hakmem" && room_of(target) == "hakmem")
        judge_hakmem(where, stem(path), stem(target))
    if (target != "" && target != path) edge(path, target)
}

# A header and the file that bears its name are one module of src.
function edge(path, target) {
    if (path ~ /^src\//) sub(/\.[ch]$/, "", path)
    if (target ~ /^src\//) sub(/\.[ch]$/, "", target)
    if (path != target) print path, target > edges
}

function read_floors(   i, level) {
    sub(/:$/, "", $1)
    known[$1] = 1
    level = 1
    for (i = 2; i <= NF; i++) {
        if ($i == "<") level++
        else if ($1 == "hakmem") floor_of[$i] = level
        else allowed[$1, $i] = 1
    }
}

FILENAME ~ /floors\.txt$/ {
    if ($0 ~ /^[ \t]*(#|$)/) next
    if ($1 ~ /:$/) read_floors(); else fault(FILENAME ":" FNR, "is not \"room: ...\"")
    next
}
FILENAME ~ /\/files$/ { exists[$0] = 1; files++; next }
match($0, /:[0-9]+:["<]/) {
    included = substr($0, RSTART + RLENGTH)
    path = substr($0, 1, RSTART - 1)
    where = substr($0, 1, RSTART + RLENGTH - 3)
    if (substr($0, RSTART + RLENGTH - 1, 1) == "\"") { judge(where, path, included); includes++ }
    else if (resolve(path, included, "") != "") fault(where, "<" included "> is ours: quotes")
    next
}
{ fault($0, "an include that this check cannot read") }
END {
    print files + 0, includes + 0 > (edges ".count")
    exit faults > 0
}' "$floors" "$work/files" "$work/includes"
status=$?

touch "$work/edges"
if ! tsort "$work/edges" >/dev/null 2>"$work/loop"; then
    echo "these include each other in a circle:"
    grep -v 'contains a loop' "$work/loop" | sed 's/^tsort: /    /'
    status=1
fi
read -r files includes <"$work/edges.count"
[[ ${includes:-0} -gt 0 ]] || { echo "no include found: nothing was checked"; status=1; }
if [[ $status -ne 0 ]]; then
    echo "floors: violated; docs/floors.txt says who may include whom"
    exit 1
fi
echo "floors: $includes includes of $files files keep to docs/floors.txt"
