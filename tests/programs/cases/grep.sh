# grep, sed and find by patterns that need large automata
needs=(grep sed find)
prepare() {
    make_text 30000 >text
    mkdir tree && (cd tree && make_text 20000 | split -l 10 -a 4)
    make_text 200 | tr ' ' '\n' | grep w | sort -u >words
}
run() {
    with grep -c -w -f "$inputs/words" "$inputs/text"
    with grep -E -c '(w1[0-9]+ ){2}(w[2-5]+ )?.*w(77|88)[0-9]*$' "$inputs/text"
    with grep -E -o '(w[0-9])[0-9]* \1[0-9]*' "$inputs/text" | sha256sum
    with grep -P -c 'w(\d)\d*\1 (?!w5)' "$inputs/text"
    with sed -E -n 'H; ${x; s/\n/,/g; s/w([0-9])([0-9]*)/\2\1/g; p}' "$inputs/text" | sha256sum
    (cd "$inputs" && with find tree -type f -size -2 -regex '.*[ab]$' -printf '%p %s\n' | sort | sha256sum)
}
