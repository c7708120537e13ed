# shellcheck shell=bash
# A Docker engine that changes nothing on the machine: with a network, mounts, data and a socket of its own. Published
# ports are at localhost in the engine's network, and nothing outside is reached from there.
# Sourced after lib.sh and lib-dockerd.sh. Each engine has a folder in FOLDER, which is root's or the user's alone.

can_have_namespaces() {
    [ "$(uname -s)" = Linux ] && may_be_root && have unshare && have nsenter && have perl &&
        as_root unshare --net --mount true 2>/dev/null
}

# The address of a name server that knows no name: one of those that are kept for documentation, so nobody's.
NAME_SERVER=198.51.100.53

# use_folder FOLDER: the engine of that folder is meant from here on.
use_folder() {
    FOLDER=$1
    export DOCKER_HOST=unix://$FOLDER/docker.sock
}

# ENGINE_ROOT: the root file system that has the engine, if that is not the machine's own.
ENGINE_ROOT=${ENGINE_ROOT:-}

# ENGINE_SETTINGS: what the engine's daemon.json says: {"features": {"containerd-snapshotter": true}} keeps images in
# containerd's store, as Docker 29 does.
ENGINE_SETTINGS=${ENGINE_SETTINGS:-'{}'}

# launch_apart FOLDER OPTION…: an engine in a network and mounts of its own. The system's containerd and the user's
# daemon.json are hidden from it: it would share its containers through the one and its settings through the other.
launch_apart() {
    local folder=$1 on_root=()
    shift
    [ -z "$ENGINE_ROOT" ] || on_root=("$REPO/scripts/lab/in-root" "$folder" "$ENGINE_ROOT")
    echo "$ENGINE_SETTINGS" >"$folder/daemon.json"
    as_root setsid unshare --net --mount "$REPO/scripts/dockerd-apart" "$NAME_SERVER" "$folder" "${on_root[@]}" \
        dockerd --host "$DOCKER_HOST" --group "$(id -g)" --config-file "$folder/daemon.json" \
        --pidfile "$folder/dockerd.pid" --data-root "$folder/data" --exec-root "$folder/exec" \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/${folder##*/}" --dns "$NAME_SERVER" \
        --shutdown-timeout 5 "$@" </dev/null >>"$folder/log" 2>&1 &
}

stop_name_server() {
    local pid
    pid=$(cat "$FOLDER/names.pid" 2>/dev/null) || return 0
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != perl ] || as_root kill "$pid"
}

# kill_leftovers: an engine that had to be killed leaves its containerd and shims, which name our folder.
kill_leftovers() {
    local process
    for process in /proc/[0-9]*; do
        case "$({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null)" in
        *containerd*"$FOLDER/exec/"*) as_root kill -KILL "${process#/proc/}" 2>/dev/null || true ;;
        esac
    done
}

remove_containers() {
    local all
    all=$(timeout 20 docker ps -aq) || return 0
    # shellcheck disable=SC2086 # one word each
    [ -z "$all" ] || timeout 60 docker rm -f -v $all >/dev/null 2>&1 || true
}

# remove_cgroups: those that the engine made for its containers, deepest first.
remove_cgroups() {
    { find /sys/fs/cgroup -depth -type d \( -path "*/${FOLDER##*/}" -o -path "*/${FOLDER##*/}/*" \) 2>/dev/null || true; } |
        while read -r cgroup; do as_root rmdir "$cgroup" 2>/dev/null || true; done
}

# end_engine: it, all that it runs, and its folder.
end_engine() {
    remove_containers
    stop_dockerd "$FOLDER"
    stop_name_server
    kill_leftovers
    remove_cgroups
    as_root rm -rf "$FOLDER" || say "could not remove all of $FOLDER"
}
