# coreutils: sort in threads and from temporary files, and its friends
needs=(sort uniq join tr cut comm shuf tac fmt)
prepare() { make_text 250000 >text; }
run() {
    with sort --parallel=4 -k3,3 -k1,1n "$inputs/text" | sha256sum
    with sort -S 4M --parallel=2 -R --random-source=/bin/sh -u "$inputs/text" | sha256sum
    with tr ' ' '\n' <"$inputs/text" | with sort -S 8M | with uniq -c | with sort -k1,1nr -k2 | sed -n 1,5p
    with cut -d' ' -f2 "$inputs/text" | with sort -u >a
    with cut -d' ' -f3 "$inputs/text" | with sort -u >b
    with comm -12 a b | wc -l
    with join a b | with tac | sed -n 1,3p
    with shuf --random-source="$inputs/text" -n 50000 "$inputs/text" | with fmt -w 40 | sha256sum
}
