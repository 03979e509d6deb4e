# git makes a repository, clones it, repacks it and reads its history
needs=(git)
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
    GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' \
    GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
prepare() {
    local i name
    make_text 3000 | split -l 10 -a 3 - part.
    for ((i = 1; i <= 200; i++)); do
        printf 'commit refs/heads/main\nmark :%d\ncommitter a <a@b> %d +0000\ndata 8\nc%06d\n' \
            "$i" $((1700000000 + i * 60)) "$i"
        for name in part.*; do
            (((i * 7 + 36#${name: -1}) % 19 == 0)) || continue
            printf 'M 100644 inline %s/%s\ndata <<END_OF\n' "d$((i % 5))" "$name"
            cat "$name"
            echo "change $i"
            printf 'END_OF\n'
        done
    done >stream
}
run() {
    with git init -q --bare -b main origin
    with git -C origin fast-import --quiet <"$inputs/stream"
    with git clone -q --no-local origin copy
    cd copy || exit
    with git log --stat --format='%H %s' | tail -n 400 | sha256sum
    with git log -p --word-diff -n 20 | sha256sum
    with git -c pack.threads=2 gc -q --aggressive --prune=now
    with git fsck --full --no-progress
    with git rev-list --all --objects | wc -l
    with git grep -c w77 | sha256sum
    with git blame "$(git ls-files | head -n 1)" | sha256sum
    with git diff --stat HEAD~50 | tail -n 1
}
