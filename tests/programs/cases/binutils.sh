# binutils take a large library apart
needs=(objdump nm readelf strings c++filt)
run() {
    local library
    library=$(ldd "$(type -P nm)" | awk '/libbfd/ { print $3 }')
    with objdump -d --no-show-raw-insn "$library" "$(type -P bash)" | sha256sum
    with readelf -aW "$library" | sha256sum
    with strings -n 6 "$library" | sha256sum
    with nm -D --size-sort "$library" | sha256sum
    with c++filt <<<'_ZNSt3mapISsSt6vectorIiSaIiEESt4lessISsESaISt4pairIKSsS2_EEE6insertERKS7_'
}
