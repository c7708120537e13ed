# shellcheck shell=bash
# What the scripts share. Sourced, never run. Words to the reader go to standard error:
# standard output is for what another script evaluates.

# shellcheck disable=SC2034 # used by the scripts that source this
REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ME=$(basename "$0")
# What scripts/need-checkers fetched lies there.
CHECKERS=$REPO/target/checkers
PATH=$PATH:$CHECKERS/bin

say() { printf '%s: %s\n' "$ME" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# leave_out WHAT…: says that this is not tested. ./test sums it up at its end, from the file LEFT_OUT.
leave_out() {
    say "left out: $*"
    [ -z "${LEFT_OUT:-}" ] || printf '%s\n' "$*" >>"$LEFT_OUT"
}

have() { command -v "$1" >/dev/null 2>&1; }

# may_be_root: are we root, or could we be without asking for a password at a terminal that is not there?
may_be_root() { [ "$(id -u)" = 0 ] || { have sudo && { [ -t 2 ] || sudo -n true 2>/dev/null; }; }; }

# as_root COMMAND…: runs it as root, through sudo where we are not.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        may_be_root || die "this needs root, and there is no usable sudo: run as root: $*"
        say "as root: $*"
        sudo "$@"
    fi
}

# at_least VERSION MINIMUM
at_least() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | sed -n 1p)" = "$2" ]; }

APT_LISTS_ARE_FRESH=
apt_update() {
    [ -z "$APT_LISTS_ARE_FRESH" ] || return 0
    quietly as_root apt-get update || say "apt-get update failed; going on with the package lists that are here"
    APT_LISTS_ARE_FRESH=yes
}

# apt_candidate PACKAGE: the version that apt would install, nothing when it knows none.
apt_candidate() {
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([^(].*\)$/\1/p'
}

# apt_install PACKAGE…: installs, and removes nothing to make room.
apt_install() {
    say "installing with apt-get: $*"
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install \
        -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120 "$@"
}

# What is built and tested together, so that what it depends on is built once: all but the simulation and the fuzzers,
# which take an optimised build.
PACKAGES=(-p maestro -p maestro-bench)
for crate in "$REPO"/crates/*/; do PACKAGES+=(-p "maestro-$(basename "$crate")"); done

# How the simulation and the fuzzers are built: together, so that what they stand on is built once for both.
# MAESTRO_SIMULATION_PROFILE: Cargo's profile.
SIMULATION=(--locked --profile "${MAESTRO_SIMULATION_PROFILE:-simulation}" -p maestro-simulation -p maestro-fuzz)

# cargo_tests PACKAGE-OPTION…: all of cargo's tests of these packages that are not ignored, with cargo-nextest where it
# is installed.
cargo_tests() {
    if has_nextest; then
        cargo nextest run --locked "$@" --no-fail-fast
    else
        cargo test --locked "$@" --no-fail-fast
    fi
}

# The tests that need a program which not every machine has: the program, what their names begin with.
NEEDING_PROGRAMS=("zsh zsh_completes" "fish fish_completes" "nu nu_" "mandoc mandoc_" "actionlint actionlint_"
    "systemd-analyze systemd_" "curl curl_" "wget wget_" "chromium chromium_")

# ignored_cargo_tests PACKAGE-OPTION…: the tests that cargo_tests leaves out because they need an engine, MaestroNG,
# docker compose or a program. scripts/lab-tests runs those that need a lab. They mostly wait for engines, so more of them run
# at once than there are processors.
ignored_cargo_tests() {
    local program name filter='not binary(lab)' skipped=() threads=$((2 * $(nproc)))
    while read -r program name; do
        have "$program" && continue
        leave_out "tests $name…: $program is not installed"
        filter+=" and not test($name)"
        skipped+=(--skip "$name")
    done < <(printf '%s\n' "${NEEDING_PROGRAMS[@]}")
    if has_nextest; then
        cargo nextest run --locked "$@" --no-fail-fast --run-ignored only -E "$filter" --test-threads "$threads"
    else
        cargo test --locked "$@" --no-fail-fast --test engines --test engine_docker --test engine_fake \
            --test differential --test offline --test packages -- --ignored --test-threads "$threads" "${skipped[@]}"
    fi
}

has_nextest() { cargo nextest --version >/dev/null 2>&1; }

# quietly COMMAND…: shows the last lines that it printed, and only when it fails.
quietly() {
    local output status=0
    output=$(mktemp)
    "$@" </dev/null >"$output" 2>&1 || status=$?
    [ "$status" = 0 ] || tail -n 20 "$output" >&2
    rm -f "$output"
    return "$status"
}

# wait_until SECONDS COMMAND…: tries it until it succeeds, for so long at most.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}
