#!/usr/bin/env bash
# Installs the packages that building, running and testing need, on Debian and its relatives.
#   install-deps.sh          what `make` and `hakbench rebase` need
#   install-deps.sh --install   what `make install` needs as well
#   install-deps.sh --test   what `make test` needs as well
#   install-deps.sh --dev    what `make check fuzz cov` need as well
#   install-deps.sh --cross  what `make cross` needs as well
#   install-deps.sh --deb    what `make deb` needs as well
#   install-deps.sh --suites   what `make programs` and `hakbench exec --suite NAME` run; no server is started
#   install-deps.sh --list   [--install|--test|--dev|--cross|--deb|--suites] prints the packages and ends
# When all is there it does nothing, quickly and offline. It never removes or upgrades anything.
set -u
export LC_ALL=C

run_packages=(build-essential gcc g++ make libjemalloc-dev libmimalloc-dev libtcmalloc-minimal4
    libtbbmalloc2 libcjson-dev libseccomp-dev libmd-dev libxxhash-dev libzstd-dev
    libminizip-dev zlib1g-dev librsvg2-bin)
install_packages=(scdoc)
test_packages=("${install_packages[@]}" libcmocka-dev python3 python3-jsonschema python3-yaml strace clang
    binutils procps pkg-config groff-base zsh fish hyperfine jq cmark-gfm)
dev_packages=(clang-format clang-tidy lcov valgrind python3-scipy libbenchmark-tools)
cross_packages=(gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)
deb_packages=("${install_packages[@]}" git debhelper dpkg-dev fakeroot lintian)
suite_packages=(apache2-utils apt bash bc binutils clang cmake coreutils curl dc diffutils emacs-nox ffmpeg
    findutils g++ gawk gcc gdb ghostscript git glpk-utils gnuplot-nox gpg gpg-agent graphviz grep
    haproxy imagemagick jq libxml2-utils lua5.4 m4 make memcached minizinc nginx ninja-build nodejs
    ocaml-nox openssl patch perl php-cli poppler-utils postgresql python3 redis-server redis-tools
    rsync ruby sed sqlite3 stress-ng tar tcl vim xz-utils z3 zstd)
# What Debian asks before it starts a server that it has installed. One that is there stays.
policy=${HB_POLICY_RC:-/usr/sbin/policy-rc.d}

say() { printf 'install-deps: %s\n' "$*" >&2; }

# clang's sanitizer and fuzzer runtimes: the package of the clang that is, or would be, installed.
runtime_package() {
    local major
    major=$(clang -dumpversion 2>/dev/null)
    [[ -n $major ]] ||
        major=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9][0-9]*\)$/\1/p')
    major=${major%%.*}
    echo "libclang-rt-${major:+$major-}dev"
}

# The wanted packages that are neither installed nor provided by an installed one (a library whose
# package was renamed, such as libtcmalloc-minimal4t64, provides the old name).
missing_of() { # package...
    # shellcheck disable=SC2016 # the fields are dpkg-query's
    dpkg-query -W -f='${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
        awk -v wanted="$*" '
            $1 == "installed" {
                gsub(/\([^)]*\)|,/, " ")
                for (i = 2; i <= NF; i++) { sub(/:.*/, "", $i); have[$i] = 1 }
            }
            END {
                count = split(wanted, package, " ")
                for (i = 1; i <= count; i++)
                    if (!(package[i] in have) && !seen[package[i]]++) print package[i]
            }'
}

give_up() { # reason
    say "$1"
    say "missing:"
    printf '    %s\n' "${missing[@]}" >&2
    say "to install them, as root:"
    printf '    apt-get update && apt-get install -y --no-install-recommends %s\n' \
        "${missing[*]}" >&2
    exit 1
}

# How to become root, as words before a command; nothing when we are.
choose_root() {
    root=()
    [[ $(id -u) -eq 0 ]] && return 0
    command -v sudo >/dev/null || return 1
    if sudo -n true 2>/dev/null; then
        root=(sudo -n)
    elif [[ -t 0 && -t 2 ]]; then
        say "sudo may ask for your password"
        root=(sudo)
    else
        return 1
    fi
}

apt() { # argument...
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
        apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}

# The tests start the servers they need themselves; on a machine that measures no other may run.
hold_servers() {
    [[ $hold == yes && ! -e $policy ]] || return 0
    held=yes
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
    "${root[@]}" chmod 755 "$policy"
}
clean_up() {
    [[ $held == no ]] || "${root[@]}" rm -f "$policy"
    rm -f "$log"
}

# A list that one broken repository keeps from refreshing may still be good enough to install from.
install_missing() {
    apt update
    apt install --no-install-recommends "${missing[@]}"
}

wanted=("${run_packages[@]}")
list=no hold=no held=no
for argument; do
    case $argument in
    --install) wanted+=("${install_packages[@]}") ;;
    --test) wanted+=("${test_packages[@]}") ;;
    --dev) wanted+=("${test_packages[@]}" "${dev_packages[@]}" "$(runtime_package)") ;;
    --cross) wanted+=("${cross_packages[@]}") ;;
    --deb) wanted+=("${deb_packages[@]}") ;;
    --suites) wanted+=("${suite_packages[@]}") && hold=yes ;;
    --list) list=yes ;;
    *)
        say "unknown option $argument; usage: install-deps.sh [--install|--test|--dev|--cross|--deb|--suites] [--list]"
        exit 2
        ;;
    esac
done

if [[ $list == yes ]]; then
    printf '%s\n' "${wanted[@]}" | sort -u
    exit 0
fi
if [[ -n ${HB_SKIP_DEPS:-} ]]; then
    exit 0
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this system has no apt-get. Install what corresponds to these Debian packages:"
    printf '%s\n' "${wanted[@]}" | sort -u | sed 's/^/    /' >&2
    say "and then say so: HB_SKIP_DEPS=1 make ..."
    exit 1
fi

mapfile -t missing < <(missing_of "${wanted[@]}")
[[ ${#missing[@]} -eq 0 ]] && exit 0

choose_root || give_up "packages are missing, and this is neither root nor a user sudo lets in"
log=$(mktemp) || exit 1
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
hold_servers
say "installing ${missing[*]}"
if ! install_missing; then
    say "that failed; once more"
    sleep 2
    install_missing
fi
mapfile -t missing < <(missing_of "${wanted[@]}")
if [[ ${#missing[@]} -ne 0 ]]; then
    tail -n 40 "$log" >&2
    give_up "apt-get could not install everything (its last lines are above)"
fi
say "done"
