# ninja reads a build file of many thousand edges, several times, and builds a few
needs=(ninja)
prepare() {
    {
        printf 'rule make\n  command = echo $in > $out\n  description = make $out\n'
        for ((i = 1; i <= 30000; i++)); do
            echo "build out/f$i: make in/g$((i % 50)) | out/f$((i / 2 + 1 == i || i < 3 ? 30001 : i / 2))"
        done
        printf 'build out/f30001: make in/g1\n'
        printf 'build last: phony out/f40 out/f41 out/f42 out/f30\ndefault last\n'
    } >build.ninja
    mkdir in && (cd in && for ((i = 0; i < 50; i++)); do echo $i >g$i; done)
}
run() {
    cp -r "$inputs/build.ninja" "$inputs/in" .
    with ninja -j2 --quiet
    find out -type f | sort | xargs cat | sha256sum
    with ninja
    for _ in 1 2; do
        with ninja -n out/f29999 | tail -n 1
        with ninja -t targets all | sha256sum
        with ninja -t commands last | sha256sum
    done
    with ninja -t clean
    with ninja nothing || echo "exit $?"
}
