# shellcheck shell=bash
# A file system made of distribution packages, unpacked and never installed: it needs no root and changes
# nothing on the machine. Sourced after lib.sh.

# apt_apart FOLDER ARGUMENT…: apt-get with a state of its own there, in which nothing is installed yet; so it
# resolves a package down to the C library. FOLDER/sources.list, if there is one, stands for the machine's sources.
apt_apart() {
    local folder=$1 sources=()
    shift
    [ ! -e "$folder/sources.list" ] ||
        sources=(-o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null)
    apt-get -q -y -o Dir::State="$folder/state" -o Dir::State::status="$folder/state/status" \
        -o Dir::Cache="$folder/cache" -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true \
        -o APT::Install-Recommends=false -o Acquire::Languages=none "${sources[@]}" "$@"
}

# download_packages FOLDER PACKAGE…: these and all that they depend on, as files in FOLDER/cache/archives.
download_packages() {
    local folder=$1
    shift
    mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial"
    touch "$folder/state/status"
    quietly apt_apart "$folder" update && quietly apt_apart "$folder" install --download-only "$@"
}

# download_package FOLDER PACKAGE: it alone, into FOLDER itself.
download_package() {
    mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
    touch "$1/state/status"
    quietly apt_apart "$1" update && (cd "$1" && quietly apt_apart "$1" download "$2")
}

# unpack_packages FOLDER: the files into FOLDER/root, which has /bin, /lib … as links into /usr like the distribution's.
unpack_packages() {
    local name package
    for name in bin sbin lib lib64; do
        mkdir -p "$1/root/usr/$name"
        ln -s "usr/$name" "$1/root/$name"
    done
    mkdir -p "$1/root/tmp" "$1/root/etc"
    for package in "$1"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -C "$1/root" -x --keep-directory-symlink --no-same-owner \
                --exclude './usr/share/doc' --exclude './usr/share/locale' --exclude './usr/share/man' || return 1
    done
}
