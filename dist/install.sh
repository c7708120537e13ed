#!/bin/sh
# Installs Maestro from a folder of a release that a web server has:
#
#     curl -fsSL https://HOST/RELEASE/install.sh | sh -s -- --from https://HOST/RELEASE
#
#   --from URL     the release: SHA256SUMS and maestro-linux-*.tar.gz lie there (or MAESTRO_FROM)
#   --to DIRECTORY where bin/ and share/ are (default: /usr/local for root, else ~/.local)
#   --sha256 SUM   what the archive has to be, from a source that you trust more than the server
#
# The archive is unpacked only if its SHA-256 is the one in SHA256SUMS, and replaces an older Maestro only if the new one
# starts. It needs curl or wget, tar, gzip, and sha256sum or shasum.
set -eu

say() { printf 'install.sh: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

usage() { die "it is: install.sh --from URL [--to DIRECTORY] [--sha256 SUM]"; }

# fetch URL FILE
fetch() {
    if have curl; then
        curl --fail --silent --show-error --location --retry 2 --output "$2" "$1"
    elif have wget; then
        wget -q -O "$2" "$1"
    else
        die "it needs curl or wget: install one of them"
    fi || die "cannot fetch $1"
}

# sum_of FILE
sum_of() {
    if have sha256sum; then
        sha256sum "$1"
    elif have shasum; then
        shasum -a 256 "$1"
    else
        die "it needs sha256sum or shasum, to verify what it fetched"
    fi | cut -d ' ' -f 1
}

# archive_name: that of this machine.
archive_name() {
    [ "$(uname -s)" = Linux ] ||
        die "the packages are for Linux, and this is $(uname -s): build it with 'cargo install --path .' in a clone"
    case $(uname -m) in
    x86_64 | amd64) echo maestro-linux-amd64.tar.gz ;;
    aarch64 | arm64) echo maestro-linux-arm64.tar.gz ;;
    *) die "no package for $(uname -m): build it with 'cargo install --path .' in a clone" ;;
    esac
}

# declared_sum ARCHIVE: its line in SHA256SUMS.
declared_sum() {
    fetch "$from/SHA256SUMS" "$work/SHA256SUMS"
    sed -n "s/^\([0-9a-f]\{64\}\)  $1\$/\1/p" "$work/SHA256SUMS"
}

verify() {
    wanted=${sha256:-$(declared_sum "$archive")}
    [ -n "$wanted" ] || die "$from/SHA256SUMS does not name $archive: nothing is installed"
    sum=$(sum_of "$work/$archive")
    [ "$sum" = "$wanted" ] || die "$archive is not what it should be: nothing is installed
  SHA-256 is         $sum
  SHA-256 should be  $wanted"
}

# place: first the new program beside the old one, then in its place.
place() {
    mkdir "$work/files"
    tar -C "$work/files" -xzf "$work/$archive"
    version=$("$work/files/bin/maestro" --version) || die "the new program does not start: nothing is installed"
    mkdir -p "$to/bin" "$to/share" || die "cannot write to $to: name another directory with --to, or run it as root"
    cp "$work/files/bin/maestro" "$to/bin/.maestro.new"
    mv -f "$to/bin/.maestro.new" "$to/bin/maestro"
    cp -R "$work/files/share/." "$to/share"
}

# The whole script is read before its first command runs: half of one that was cut off does nothing.
main() {
    from=${MAESTRO_FROM:-} to='' sha256=''
    while [ $# -gt 0 ]; do
        [ $# -gt 1 ] || usage
        case $1 in
        --from) from=$2 ;;
        --to) to=$2 ;;
        --sha256) sha256=$2 ;;
        *) usage ;;
        esac
        shift 2
    done
    [ -n "$from" ] || usage
    from=${from%/}
    if [ -z "$to" ]; then
        to=${HOME:-/root}/.local
        [ "$(id -u)" != 0 ] || to=/usr/local
    fi
    archive=$(archive_name)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    fetch "$from/$archive" "$work/$archive"
    verify
    place
    say "$version is in $to/bin"
    case :$PATH: in
    *":$to/bin:"*) ;;
    *) say "add it to PATH: export PATH=\"$to/bin:\$PATH\"" ;;
    esac
}

main "$@"
