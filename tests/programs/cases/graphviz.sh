# Graphviz lays a graph out in three ways
needs=(dot neato)
seen=(dot)
prepare() {
    awk 'BEGIN { print "digraph g {"
        for (i = 0; i < 70; i++) { seed = (seed * 16807 + 11) % 2147483647
            printf "n%d -> n%d [label=\"e%d\"]; n%d -> n%d;\n", i, seed % 70, i, i, i / 2 }
        print "}" }' >graph
}
run() {
    with dot -Tsvg "$inputs/graph" -o layers.svg
    with dot -Kfdp -Tplain "$inputs/graph" -o springs
    with dot -Kcirco -Tdot "$inputs/graph" -o circle
    sha256sum layers.svg springs circle
}
