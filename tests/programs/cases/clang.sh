# clang compiles C with optimization and with debug information
needs=(clang)
prepare() {
    for ((i = 0; i < 300; i++)); do
        echo "struct t$i { struct { int x, y; } p[$((i % 9 + 1))]; char name[$((i + 1))]; };
int g$i(struct t$i *t, int n) { int s = 0; for (int i = 0; i < n; i++) { t->p[i % $((i % 9 + 1))].x += i * $i;
    s ^= t->p[0].y + t->name[i % $((i + 1))]; if (s & 8) s = __builtin_popcount((unsigned)s) + n; } return s; }"
    done >many.c
}
run() {
    cp "$inputs/many.c" .
    with clang -O2 -g -c many.c
    with clang -O1 -S -emit-llvm -o many.ll many.c
    sha256sum many.o many.ll
    with clang -fsyntax-only -Wall -x c - <<<'int f(void) { int unused; return g(1) }' || echo "exit $?"
}
