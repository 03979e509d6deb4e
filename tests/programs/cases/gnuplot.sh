# gnuplot reads data, fits a curve and draws
needs=(gnuplot)
prepare() { awk 'BEGIN { for (i = 0; i < 40000; i++) printf "%d %.6f %.6f\n", i, sin(i / 500) * i + i % 17, cos(i / 90) }' >data; }
run() {
    cat >plot <<END
set terminal svg size 900,600
set output 'lines.svg'
set fit quiet logfile '/dev/null'
f(x) = a * x * sin(x / b); a = 0.9; b = 499
fit f(x) '$inputs/data' using 1:2 via a, b
print sprintf('%.4f %.3f', a, b)
stats '$inputs/data' using 2
plot '$inputs/data' using 1:2 with lines, f(x), '$inputs/data' using 1:3 smooth bezier
set output 'surface.svg'
set isosamples 80
splot sin(x) * cos(y) with lines
set table 'table'
set dgrid3d 40, 40
splot '$inputs/data' every 100 using 1:3:2
END
    with gnuplot plot
    sha256sum lines.svg surface.svg table
}
