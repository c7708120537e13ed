# shellcheck shell=bash
# The root file systems that the lab's hosts run on, one an engine generation: a whole small Debian, so that an
# engine has the libraries, runc and iptables of its own time, whatever the machine runs. Nothing is installed.
# They are made once and kept in ROOTS; each host writes into a layer of its own above.

ROOTS=${XDG_CACHE_HOME:-$HOME/.cache}/maestro-lab

# The suite of Debian that has the generation, and how its engine's packages are called there.
declare -A SUITE=([20.10]=bookworm [26.1]=trixie [28]=forky)
declare -A ENGINE_PACKAGES=([20.10]="docker.io" [26.1]="docker.io docker-cli" [28]="docker.io docker-cli")
# In the order in which a mixed lab's ships have them: the newest and the oldest first.
# shellcheck disable=SC2034 # lab.sh uses it
GENERATIONS=(28 20.10 26.1)
# What a host needs beside its engine. No package may rely on its installation scripts: none is run.
HOST_PACKAGES="bash coreutils dash grep sed procps mount util-linux perl-base tini iproute2 iptables \
openssh-server openssh-client docker-registry socat"

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_mirror: the one that the machine uses if it is Debian, else Debian's own.
debian_mirror() {
    local mirror
    # shellcheck disable=SC2016 # apt-get expands this
    mirror=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Label: Debian' 2>/dev/null | sed -n 1p)
    echo "${mirror:-http://deb.debian.org/debian}"
}

# root_recipe GENERATION: what its root is made of. A root of another recipe is made again.
root_recipe() { echo "${SUITE[$1]}: ${ENGINE_PACKAGES[$1]} $HOST_PACKAGES"; }

has_root() { [ "$(cat "$ROOTS/$1/recipe" 2>/dev/null)" = "$(root_recipe "$1")" ]; }

# downloaded_engine FOLDER: the version of the package that was downloaded there.
downloaded_engine() {
    basename "$(echo "$1"/cache/archives/docker.io_*.deb)" | sed 's/^docker.io_\([0-9.]*\).*/\1/'
}

need_debian_keys() {
    [ -e "$KEYRING" ] || { apt_update && apt_install debian-archive-keyring; } ||
        die "Debian's keys are missing: install debian-archive-keyring"
}

# use_debian GENERATION FOLDER: apt in that folder sees the generation's suite alone, signed by Debian's own key.
# A mirror that stands still is as good as any here, so a date that has passed is no matter.
use_debian() {
    echo "deb [signed-by=$KEYRING check-valid-until=no] $(debian_mirror) ${SUITE[$1]} main" >"$2/sources.list"
}

# finish_root ROOT: what the packages' installation scripts would have done, as far as a host needs it.
finish_root() {
    local root=$1
    printf '%s\n' root:x:0:0:root:/root:/bin/bash sshd:x:101:65534::/run/sshd:/usr/sbin/nologin \
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin >"$root/etc/passwd"
    printf '%s\n' root:x:0: docker:x:102: nogroup:x:65534: >"$root/etc/group"
    [ -e "$root/usr/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
    mkdir -p "$root"/{proc,sys,dev,run,root,host,old,var/tmp,var/lib,etc/docker}
    rm -rf "$root/var/run"
    ln -s /run "$root/var/run"
}

make_root() {
    local generation=$1 folder version
    folder=$(mktemp -d "$ROOTS/$generation.XXXXXX")
    say "making a root file system with Docker $generation of Debian ${SUITE[$generation]}'s packages (once; about 100 MB)"
    use_debian "$generation" "$folder"
    # shellcheck disable=SC2086 # several packages in one string
    if ! download_packages "$folder" ${ENGINE_PACKAGES[$generation]} $HOST_PACKAGES; then
        rm -rf "$folder"
        die "Docker $generation cannot be had: Debian ${SUITE[$generation]} is not reached at $(debian_mirror), or its signature does not hold (apt's words are above)"
    fi
    version=$(downloaded_engine "$folder")
    if ! { unpack_packages "$folder" && finish_root "$folder/root"; }; then
        die "the packages in $folder cannot be unpacked"
    fi
    case $version in
    "$generation".*) ;;
    *)
        rm -rf "$folder"
        die "Docker $generation cannot be had: Debian ${SUITE[$generation]} has $version by now"
        ;;
    esac
    root_recipe "$generation" >"$folder/recipe"
    rm -rf "$folder/cache" "$folder/state" "${ROOTS:?}/$generation"
    mv "$folder" "$ROOTS/$generation"
}

# need_root GENERATION: makes its root if it is not there. Two labs that want the same one wait for each other.
need_root() {
    [ "$1" != installed ] || return 0
    ! has_root "$1" || return 0
    if ! have apt-get || ! have dpkg-deb; then
        die "Docker $1 is made of Debian's packages, which needs apt-get and dpkg-deb: run the lab on Debian or Ubuntu"
    fi
    need_debian_keys
    mkdir -p "$ROOTS"
    (
        flock 9
        has_root "$1" || make_root "$1"
    ) 9<"$ROOTS"
}

# root_of GENERATION: the folder.
root_of() { [ "$1" = installed ] && echo / || echo "$ROOTS/$1/root"; }
