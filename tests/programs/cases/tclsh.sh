# Tcl, whose threads have an allocator of their own above malloc
needs=(tclsh)
seen=(tclsh)
run() {
    with tclsh <<'END'
set seed 42
proc rnd {n} { global seed; set seed [expr {$seed * 16807 % 2147483647}]; expr {$seed % $n} }
for {set i 0} {$i < 200000} {incr i} { lappend table(k[rnd 5000]) [string repeat x [expr {$i % 20}]]$i }
set total 0
foreach key [lsort [array names table]] { incr total [string length [join $table($key) ,]] }
puts "[array size table] $total"
set text [lrange [lsort [concat {*}[lmap k [lrange [lsort [array names table]] 0 999] {set table($k)}]]] 0 9]
puts $text
puts [regsub -all {x(\d)} [string repeat "xx12 x34 " 30000] {<\1>} out]
puts [string length $out]
END
}
