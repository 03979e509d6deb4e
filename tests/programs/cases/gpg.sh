# gpg and its agent: memory that must not be swapped, keys, signatures
needs=(gpg gpg-agent)
prepare() { make_text 60000 >text; }
run() {
    export GNUPGHOME=$PWD/keys
    mkdir -m 700 keys
    with gpg --batch --quiet --passphrase '' --quick-generate-key me ed25519 default never 2>/dev/null
    with gpg --batch --quiet --sign -o signed "$inputs/text"
    with gpg --batch --quiet --decrypt signed 2>/dev/null | sha256sum
    with gpg --batch --quiet --symmetric --passphrase word --pinentry-mode loopback -o secret "$inputs/text"
    with gpg --batch --quiet --passphrase word --pinentry-mode loopback --decrypt secret 2>/dev/null | sha256sum
    with gpg --batch --list-keys --with-colons | grep -c ^pub
    gpgconf --kill all
}
