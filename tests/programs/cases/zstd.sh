# zstd in threads, at several levels, with a dictionary it trained
needs=(zstd)
prepare() {
    make_text 150000 >text
    mkdir part && (cd part && make_text 8000 | split -l 20 -a 3)
}
run() {
    with zstd -q -T3 -3 -B512K "$inputs/text" -o a.zst
    with zstd -q -T2 -12 --long "$inputs/text" -o b.zst
    mkdir small
    with zstd -q --train "$inputs"/part/* --maxdict=20000 -o dictionary
    with zstd -q -9 -D dictionary "$inputs"/part/* --output-dir-flat small
    cat small/*.zst | sha256sum
    sha256sum a.zst b.zst dictionary
    with zstd -q -dc a.zst b.zst | sha256sum
    with zstd -q -t -D dictionary small/*.zst
}
