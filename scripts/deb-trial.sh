#!/usr/bin/env bash
# Are the packages of `make deb` whole? In a new Debian 12 chroot: installed with apt, used, a program
# built against libhakmem-dev by pkg-config and by CMake, purged; then no file may be left that was not
# there before. Needs root, debootstrap and a Debian mirror; 400 MB and some minutes.
#   scripts/deb-trial.sh [FOLDER-OF-PACKAGES]
set -eu -o pipefail
cd "$(dirname "$0")/.."
packages=$(realpath "${1:-build/deb}")
mirror=${MIRROR:-http://deb.debian.org/debian}
chroot=$(mktemp -d)
chmod 755 "$chroot"
trap 'umount -q "$chroot/proc" || true; rm -rf "$chroot"' EXIT
inside() { chroot "$chroot" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@"; }
step() { printf '  %s\n' "$*"; }
# Files that are there, but for what apt and dpkg keep for themselves.
files() { inside find / -xdev ! -path '/proc/*' ! -path '/tmp/*' ! -path '/var/cache/*' ! -path '/var/log/*' \
    ! -path '/var/lib/apt/*' ! -path '/var/lib/dpkg/*' ! -path '/run/*' | sort; }

step "a new Debian 12"
debootstrap --variant=minbase bookworm "$chroot" "$mirror" >"$chroot.log" 2>&1 || { tail "$chroot.log"; exit 1; }
rm -f "$chroot.log"
[ ! -d /etc/apt/apt.conf.d ] || cp -n /etc/apt/apt.conf.d/*proxy* "$chroot/etc/apt/apt.conf.d/" 2>/dev/null || true
mount -t proc proc "$chroot/proc"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends gcc libc6-dev make cmake pkg-config python3-minimal >/dev/null 2>&1
mkdir "$chroot/tmp/packages"
cp "$packages"/*.deb "$chroot/tmp/packages/"
rm -f "$chroot"/tmp/packages/*-dbgsym_*
files >"$chroot/tmp/before"

step "install"
inside dpkg-query -W -f '${Package}\n' | sort >"$chroot/tmp/had"
inside sh -c 'apt-get install -y -qq --no-install-recommends /tmp/packages/*.deb' >"$chroot/tmp/log" 2>&1 || { cat "$chroot/tmp/log"; exit 1; }

step "use: list, check, rebase, suite, the fleet's scripts, LD_PRELOAD"
inside hakbench list >/dev/null
inside hakbench check --allocators hakmem --only free_of_null_is_nothing,every_block_is_16_aligned --quiet |
    grep -F 'keeps all 2 promises'
inside hakbench rebase --quiet --no-pin --runs 7 --allocators hakmem,system --reference system --share-machine --set operations=100k \
    --results /tmp/results >/dev/null
inside hakbench suite --quick --only batch,handoff --allocators hakmem --runs 2 --quiet --share-machine --results /tmp/results |
    grep -E '^Over 2 kinds'
inside sh -c 'hakbench table --format markdown /tmp/results/*-suite | grep -q "| hakmem |"'
inside sh -c '/usr/share/hakbench/fleet/submit.sh; test $? = 2' 2>/dev/null
inside env LD_PRELOAD=libhakmem.so.1 HAKMEM_SS_OS_STATS=1 python3 -c 'print(sum(range(10)))' 2>&1 |
    grep -F 'SS_OS_STATS' >/dev/null
inside sh -c 'test -f /usr/share/man/man1/hakbench.1.gz && test -f /usr/share/man/man3/libhakmem.3.gz'

step "build: pkg-config, CMake, shared and static"
mkdir "$chroot/tmp/own"
cp tests/cli/install_own.c "$chroot/tmp/own/"
cp tests/cli/install_cmake.txt "$chroot/tmp/own/CMakeLists.txt"
inside sh -euc 'cd /tmp/own
    gcc install_own.c -o by-pkg-config $(pkg-config --cflags --libs hakmem) && ./by-pkg-config
    cmake -S . -B build >/dev/null && cmake --build build >/dev/null && ./build/shared && ./build/static
    ldd build/shared | grep -q libhakmem.so.1; ! ldd build/static | grep -q libhakmem'

step "purge"
# shellcheck disable=SC2016 # the field is dpkg-query's
inside dpkg-query -W -f '${Package}\n' | sort >"$chroot/tmp/has"
# shellcheck disable=SC2046 # names of packages
inside apt-get purge -y -qq $(comm -13 "$chroot/tmp/had" "$chroot/tmp/has") >/dev/null 2>&1
files >"$chroot/tmp/after"
if ! diff "$chroot/tmp/before" "$chroot/tmp/after"; then
    echo "deb-trial: the files above came or went"
    exit 1
fi
echo "deb-trial: installed, used, built with, removed without a trace"
