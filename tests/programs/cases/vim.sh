# vim without a screen edits, sorts, formats and undoes
needs=(vim)
prepare() { make_text 25000 >text; }
run() {
    cat >script.vim <<'END'
set nocompatible undolevels=1000
edit text
%s/w\(\d\)\(\d*\)/\2-\1/g
sort /-\d / r
global/-3 /move 0
1,2000normal! gUiw3wD
let words = {}
for line in getline(1, 6000) | for word in split(line) | let words[word] = get(words, word, 0) + 1 | endfor | endfor
call append(0, map(sort(keys(words))[:200], 'v:val . " " . words[v:val]'))
write! first
let &undolevels = &undolevels
%join!
undo
set textwidth=60
500,1500normal! gqq
write! second
quit!
END
    cp "$inputs/text" .
    with vim -u NONE -i NONE -n -es -S script.vim
    sha256sum first second
}
