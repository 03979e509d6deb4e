# jq parses, groups and prints JSON
needs=(jq)
prepare() {
    awk -v count=$((40000 / part)) 'BEGIN { printf "["
        for (i = 0; i < count; i++) { seed = (seed * 16807 + 11) % 2147483647
            printf "%s{\"id\":%d,\"k\":\"key%d\",\"list\":[%d,%d,null,\"\\u00e9%d\"],\"o\":{\"a\":{\"b\":%.2f}}}\n",
                i ? "," : "", i, seed % 500, seed, i % 7, i, seed / 1000 }
        print "]" }' >data.json
}
run() {
    with jq -S . "$inputs/data.json" | sha256sum
    with jq -c 'group_by(.k) | map({k: .[0].k, n: length, sum: (map(.o.a.b) | add)}) | sort_by(-.n)[:10][]' \
        "$inputs/data.json"
    with jq '[.[] | .list[3] | ascii_upcase | sub("(?<d>[0-9]+)"; "<\(.d)>")] | unique | length' "$inputs/data.json"
}
