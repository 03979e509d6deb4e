# apt reads every package there is
needs=(apt-cache)
run() {
    local own=(-o Debug::NoLocking=1 -o "Dir::Cache=$PWD")
    with apt-cache "${own[@]}" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= gencaches
    with apt-cache "${own[@]}" dumpavail | sha256sum
    with apt-cache "${own[@]}" depends --recurse bash | sha256sum
}
