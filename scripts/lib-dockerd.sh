# shellcheck shell=bash
# Starting, watching and stopping a Docker engine of our own. Sourced after lib.sh.
# Each engine has a folder: dockerd.pid, log, and whatever its starter keeps there.

# Debian has the client in docker.io up to bookworm, in docker-cli after; iproute2 sets up the
# network of the tests' engine; ca-certificates is for pulling images.
DOCKER_PACKAGES=(docker.io docker-cli iptables iproute2 ca-certificates)

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

engine_answers() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# install_docker: the engine and its client, from the distribution.
install_docker() {
    local package wanted=()
    have apt-get || die "no Docker here, and no apt-get to install it with: see https://docs.docker.com/engine/install, then try again"
    may_be_root || die "no Docker here, and no root to install it: run 'sudo apt-get install docker.io', then try again"
    apt_update
    for package in "${DOCKER_PACKAGES[@]}"; do
        [ -z "$(apt_candidate "$package")" ] || wanted+=("$package")
    done
    apt_install "${wanted[@]}" || die "apt-get could not install Docker (its words are above)"
}

# mount_cgroups: an engine needs them; a bare chroot or a minimal init leaves them out.
mount_cgroups() {
    ! grep -q ' /sys/fs/cgroup[^ ]* cgroup' /proc/mounts || return 0
    say "no cgroups are mounted; mounting them at /sys/fs/cgroup"
    as_root mount -t cgroup2 none /sys/fs/cgroup || say "that failed; the engine may not start"
}

# pid_of_engine FOLDER: its process, if that still is a dockerd.
pid_of_engine() {
    local pid
    pid=$(cat "$1/dockerd.pid" 2>/dev/null) || return 1
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

engine_started_or_died() { engine_answers || ! pid_of_engine "$1" >/dev/null; }

# try_dockerd FOLDER LAUNCHER OPTION…: starts one in the background and waits until it answers at DOCKER_HOST.
# LAUNCHER FOLDER OPTION… is the function that runs dockerd with its pid file and its log there.
try_dockerd() {
    local folder=$1 launcher=$2
    shift 2
    rm -f "$folder/dockerd.pid"
    "$launcher" "$folder" "$@"
    wait_until 10 test -s "$folder/dockerd.pid" || return 1
    wait_until 60 engine_started_or_died "$folder" && engine_answers && return 0
    stop_dockerd "$folder"
    return 1
}

# start_dockerd FOLDER LAUNCHER: with the engine's own choices first, then with what works in narrower places.
start_dockerd() {
    local options
    for options in "" "--storage-driver=vfs" "--storage-driver=vfs --iptables=false --ip6tables=false"; do
        # shellcheck disable=SC2086 # several options in one string
        try_dockerd "$1" "$2" $options && return 0
        say "dockerd ${options:-with its own defaults} did not come up: $(last_error "$1/log")"
    done
    die "no Docker engine could be started; its log is $1/log"
}

last_error() { grep -E 'level=(error|fatal)|failed to start|rror' "$1" 2>/dev/null | tail -n 1 | cut -c 1-300; }

# stop_dockerd FOLDER: asks it to stop, insists after half a minute.
stop_dockerd() {
    local pid
    pid=$(pid_of_engine "$1") || return 0
    as_root kill "$pid" 2>/dev/null || true
    wait_until 30 no_engine "$1" || as_root kill -KILL "$pid" 2>/dev/null || true
    rm -f "$1/dockerd.pid"
}

no_engine() { ! pid_of_engine "$1" >/dev/null; }
