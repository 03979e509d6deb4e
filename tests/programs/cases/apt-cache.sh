# apt reads every package there is
needs=(apt-cache)
run() {
    with apt-cache -o "Dir::Cache=$PWD" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= gencaches
    with apt-cache -o "Dir::Cache=$PWD" dumpavail | sha256sum
    with apt-cache -o "Dir::Cache=$PWD" depends --recurse bash | sha256sum
}
