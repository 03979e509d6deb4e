# bc and dc reckon with long numbers
needs=(bc dc)
run() {
    with bc -l <<'END'
scale = 1200
4 * a(1)
e(1)
define f(n) { if (n < 2) return (1); return (n * f(n - 1)); }
f(900) % 10 ^ 40
f(700) / f(690)
sqrt(2)
END
    with dc -e '2 4423 ^ 1 - d Z p 10 20 ^ % p 3 5000 ^ 7 1999 ^ / Z p [d 1 - d 1 <F *] sF 400 lF x Z p'
}
