# m4 expands macros that define macros
needs=(m4)
run() {
    with m4 -L 0 <<'END'
define(`forloop', `pushdef(`$1', `$2')_forloop($@)popdef(`$1')')dnl
define(`_forloop', `$4`'ifelse($1, `$3', `', `define(`$1', incr($1))$0($@)')')dnl
define(`fib', `ifelse(eval($1 < 2), 1, $1, `eval(fib(decr($1)) + fib(eval($1 - 2)))')')dnl
forloop(`i', 1, 3000, `define(`m'i, `x$1'i)')dnl
forloop(`i', 1, 3000, `indir(`m'i, `<')
')dnl
divert(1)fib(22)
divert(0)patsubst(translit(forloop(`i', 1, 2000, `i '), `0-9', `a-j'), `ab', `[\&]')
undivert(1)len(forloop(`i', 1, 40000, `regexp(`i', `7', `seven')'))
END
}
