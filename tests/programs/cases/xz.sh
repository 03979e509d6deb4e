# tar, and xz in two threads, there and back
needs=(tar xz)
prepare() { mkdir tree && make_text 120000 | (cd tree && split -l 400 -a 3); }
run() {
    with tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$inputs" -cf tree.tar tree
    with xz -2 -T2 --block-size=1MiB -k tree.tar
    sha256sum tree.tar tree.tar.xz
    with xz -t -T2 tree.tar.xz
    with xz -dc -T2 tree.tar.xz | with tar -xf -
    diff -r tree "$inputs/tree" && echo same
    printf 'x' | dd of=tree.tar.xz bs=1 seek=5000 conv=notrunc 2>/dev/null
    with xz -t tree.tar.xz || echo "exit $?"
}
