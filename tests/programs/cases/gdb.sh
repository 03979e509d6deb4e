# gdb reads debug information, stops in a program and follows it
needs=(gdb gcc)
seen=(gdb program)
prepare() {
    cat >program.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { int value; char name[16]; struct node *next; };
static int depth(struct node *n) { return n ? 1 + depth(n->next) : 0; }
int main(void)
{
    struct node *list = NULL;
    for (int i = 0; i < 50; i++) {
        struct node *n = malloc(sizeof(*n));
        n->value = i; strcpy(n->name, "node"); n->next = list; list = n;
    }
    printf("%d\n", depth(list));
    return 3;
}
END
    gcc -g -O0 -o program program.c
}
run() {
    with gdb -nx -batch -ex 'set confirm off' -ex 'set debuginfod enabled off' -ex 'set startup-with-shell off' \
        -ex 'break depth if n && n->value == 25' -ex run -ex 'backtrace 5' -ex 'print *n' -ex 'print n->next->next->name' \
        -ex 'delete' -ex finish -ex continue -ex 'info line main' "$inputs/program"
    with gdb -nx -batch -ex 'info functions malloc' -ex 'ptype struct node' -ex 'disassemble main' "$inputs/program"
    with gdb -nx -batch -ex 'python print(sum(len(str(i)) for i in range(200000)))'
}
# Addresses, and what the loader and the threads are called.
tidy() { sed -E 's/0x[0-9a-f]+/ADDRESS/g; /libthread_db|^warning|debuginfod|Inferior/d'; }
