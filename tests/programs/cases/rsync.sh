# rsync copies a tree, then what changed in it, and checks all of it
needs=(rsync)
prepare() {
    mkdir tree tree/a tree/b && (cd tree && make_text 200000 | split -l 200 -a 3 && mv xa* a && mv xb[a-f]* b)
    find tree -exec touch -d @1700000000 {} +
}
run() {
    with rsync -a --stats "$inputs/tree/" copy | grep -E 'Number of (regular|created)|Total file size'
    for file in copy/a/*; do echo change >>"$file"; done
    touch -d @1700000100 copy/a/*
    rm -r copy/b
    with rsync -a --no-whole-file --checksum -i "$inputs/tree/" copy | sort | sha256sum
    with rsync -az --no-whole-file --delete -i copy/ second | sort | sha256sum
    diff -r second "$inputs/tree" && echo same
    with rsync -a nowhere/ third 2>/dev/null || echo "exit $?"
}
