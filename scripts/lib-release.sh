# shellcheck shell=bash
# What a release is made for. Sourced after lib.sh.

# In Docker's and Debian's words.
# shellcheck disable=SC2034 # used by the scripts that source this
ARCHITECTURES=(amd64 arm64)

# triple_of ARCHITECTURE: Rust's name of the platform that the program is built for: static, so it runs everywhere.
triple_of() {
    case $1 in
    amd64) echo x86_64-unknown-linux-musl ;;
    arm64) echo aarch64-unknown-linux-musl ;;
    *) die "a package is for one of ${ARCHITECTURES[*]}, not for '$1'" ;;
    esac
}

# own_architecture: that of this machine.
own_architecture() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) die "packages are made on ${ARCHITECTURES[*]}, and this machine is $(uname -m)" ;;
    esac
}

# is_one_of WORD WORD…: is the first among the others?
is_one_of() {
    local word
    for word in "${@:2}"; do [ "$word" != "$1" ] || return 0; done
    return 1
}
