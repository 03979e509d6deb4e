# diff, patch and cmp on long files
needs=(diff patch cmp)
prepare() {
    make_text 60000 >a
    awk 'NR % 7 == 0 { next } NR % 11 == 0 { print "new", NR } { print } NR % 5000 == 0 { for (i = 0; i < 300; i++) print i }' a >b
}
run() {
    with diff -u --minimal "$inputs/a" "$inputs/b" >changes || echo "exit $?"
    tail -n +3 changes | sha256sum
    cp "$inputs/a" .
    with patch -s a changes
    with cmp a "$inputs/b" && echo same
    with diff -y -W 60 "$inputs/a" "$inputs/b" >beside || sha256sum beside
    with diff -e "$inputs/a" "$inputs/b" >script || sha256sum script
}
