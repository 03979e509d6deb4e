# gawk counts words and sorts them by its own arrays
needs=(gawk)
run() {
    with gawk 'BEGIN {
        seed = 42
        for (i = 0; i < 600000; i++) {
            seed = (seed * 16807) % 2147483647
            count["word" seed % 50000] += i
            text = text (i % 97 == 0 ? "\n" : " ") seed
            if (length(text) > 100000) { total += split(text, parts, /[ \n]+/); text = "" }
        }
        n = asorti(count, names)
        for (i = 1; i <= n; i += 500) print names[i], count[names[i]]
        print n, total
    }'
}
