# stress-ng's allocating stressors, which verify what they read back
needs=(stress-ng)
run() {
    with stress-ng --quiet --verify --timeout 60 --malloc 2 --malloc-ops 60000 --malloc-pthreads 2 --malloc-bytes 256K
    with stress-ng --quiet --verify --timeout 60 --tree 1 --tree-ops 4 --tree-size 30000
    with stress-ng --quiet --verify --timeout 60 --list 1 --list-ops 300 --list-size 2000
    with stress-ng --quiet --verify --timeout 60 --qsort 1 --qsort-ops 3 --skiplist 1 --skiplist-ops 20
    with stress-ng --quiet --verify --timeout 60 --pthread 1 --pthread-ops 400 --fork 1 --fork-ops 200
    with stress-ng --quiet --verify --timeout 60 --memrate 1 --memrate-ops 1 --memrate-bytes 16M --str 1 --str-ops 100
    echo "all verified"
}
