# Python compiles a part of its own library
needs=(python3)
prepare() {
    local library
    library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    cp -r "$library/json" "$library/email" "$library/asyncio" "$library/xml" "$library/http" \
        "$library/unittest" "$library/multiprocessing" "$library/importlib" "$library/logging" .
    find . -name __pycache__ -prune -exec rm -r {} +
}
run() {
    mkdir library
    cp -r "$inputs"/[a-z]* library/
    with python3 -m compileall -q --invalidation-mode unchecked-hash library
    find library -name '*.pyc' | sort | xargs sha256sum
}
