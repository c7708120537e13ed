# shellcheck shell=bash
# Plugins of Docker's command, for ./bench and the tests. Sourced after lib.sh, lib-packages.sh and lab/root.sh.
#
# One that is installed is used, as it was shipped: the plugin's program, so that nothing stands before it. Else that of
# Debian's newer package is unpacked into the user's cache, which needs no root and changes nothing on the machine.

# The generation of Docker whose suite has them.
PLUGINS_OF=28

# installed_plugin NAME WORKS: the installed program for which WORKS is true.
installed_plugin() {
    local program
    for program in "${HOME:-/}/.docker/cli-plugins/$1" /usr/local/{lib,libexec}/docker/cli-plugins/"$1" \
        /usr/{lib,libexec}/docker/cli-plugins/"$1" "$(command -v "$1" || true)"; do
        if [ -x "$program" ] && "$2" "$program"; then
            echo "$program"
            return 0
        fi
    done
    return 1
}

# fetch_plugin NAME FILE: the program of Debian's package NAME as FILE.
fetch_plugin() {
    local name=$1 file=$2 folder
    if ! have apt-get || ! have dpkg-deb; then
        die "$name is not here, and it is fetched on Debian and Ubuntu alone: install it as a plugin of Docker's"
    fi
    need_debian_keys
    say "fetching $name from Debian ${SUITE[$PLUGINS_OF]}"
    folder=$(mktemp -d)
    use_debian "$PLUGINS_OF" "$folder"
    if ! download_package "$folder" "$name"; then
        rm -rf "$folder"
        die "$name cannot be had: Debian ${SUITE[$PLUGINS_OF]} is not reached at $(debian_mirror)"
    fi
    mkdir -p "$(dirname "$file")"
    dpkg-deb --fsys-tarfile "$folder/$name"_*.deb |
        tar -x --to-stdout --wildcards "*/cli-plugins/$name" >"$file.part"
    chmod +x "$file.part"
    mv "$file.part" "$file"
    rm -rf "$folder"
}

# need_plugin NAME WORKS: the path of a program for which WORKS is true.
need_plugin() {
    local name=$1 works=$2 program
    if ! program=$(installed_plugin "$name" "$works"); then
        program=${XDG_CACHE_HOME:-$HOME/.cache}/maestro/$name-${SUITE[$PLUGINS_OF]}
        { [ -x "$program" ] && "$works" "$program"; } || fetch_plugin "$name" "$program"
        "$works" "$program" || die "$name does not run here: $("$program" version 2>&1 | sed -n 1p)"
    fi
    echo "$program"
}
