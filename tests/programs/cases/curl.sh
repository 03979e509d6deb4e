# curl fetches many files, one after another and in parallel, by handles it uses again
needs=(curl)
prepare() {
    mkdir part && (cd part && make_text 30000 | split -l 25 -a 3)
    find "$PWD/part" -type f | sort | sed "s|.*|url = \"file://&\"|" >list
    make_text 150000 >big
}
run() {
    mkdir got
    sed 's|.*/\(.*\)"|&\noutput = "got/\1"|' "$inputs/list" >todo
    with curl -sS -K todo
    cat got/* | sha256sum
    rm got/*
    with curl -sS --parallel --parallel-max 40 -K todo
    cat got/* | sha256sum
    with curl -sS "file://$inputs/big" | sha256sum
    with curl -sS -T "$inputs/big" "file://$PWD/sent"
    cmp sent "$inputs/big"
    with curl -sS "file://$inputs/nowhere" || echo "exit $?"
}
# In parallel it tells its progress, silent or not.
tidy() { tr '\r' '\n' | sed '/--:--/d; /^DL%/d; /^ *$/d'; }
