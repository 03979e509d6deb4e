# make reads thousands of rules and runs a part of them, two at a time
needs=(make)
prepare() {
    local count=$((3000 / part))
    {
        echo '.PHONY: all'
        echo "names := \$(foreach n,\$(shell seq 1 $count),\$(patsubst %,out/f%.x,\$(n)))"
        echo "all: \$(wordlist 1,$((count / 20)),\$(sort \$(names)))"
        for ((i = 1; i <= count; i++)); do
            echo "v$i := \$(subst a,b,\$(v$((i - 1)))aab)\$(if \$(filter $((i % 7)),3),odd)"
            echo "v$i := \$(lastword \$(sort x\$(v$i) z))$((i % 10))"
            echo "out/f$i.x: in/f$((i % 40)).y | out"
            printf '\t@echo $(words $(v%d)) $(notdir $@) $(v%d) > $@\n' "$i" "$i"
        done
        printf 'out in:\n\t@mkdir -p $@\nin/%%.y: | in\n\t@echo $* > $@\n'
    } >Makefile
}
run() {
    cp "$inputs/Makefile" .
    with make -s -j2
    cat out/* | sha256sum
    with make -q && echo "nothing to do"
    with make -pnq | grep -c '^out/'
    with make nothing || echo "exit $?"
}
tidy() { sed 's/^make\[[0-9]*\]/make/'; }
