# gcc compiles, assembles and links a long C file, and the program runs
needs=(gcc)
seen=(gcc cc1 as collect2 ld)
prepare() {
    {
        echo '#include <stdio.h>'
        for ((i = 0; i < 500; i++)); do
            echo "struct s$i { int a[$((i % 7 + 1))]; double d; struct s$i *next; };
static long f$i(long x) { struct s$i s = {{(int)x}, x * 0.5, 0}; long t = 0;
    for (int i = 0; i < $((i % 13 + 3)); i++) { t += s.a[0] * i ^ (x >> (i & 7)); if (t % 5 == 1) t -= (long)s.d; }
    switch (t & 7) { case 0: return t + $i; case 3: return t * $i; case 5: return -t; default: return t ^ $i; } }"
        done
        echo 'int main(void) { unsigned long t = 0;'
        for ((i = 0; i < 500; i++)); do echo "t = t * 31 + (unsigned long)f$i((long)(t & 1023));"; done
        printf '%s\n' 'printf("%lu\n", t); return 0; }'
    } >long.c
}
run() {
    cp "$inputs/long.c" .
    with gcc -O2 -g -Wall -c long.c
    with gcc -o long long.o
    ./long
    sha256sum long.o long
}
