# shellcheck shell=bash
# The Docker engine of a ship, reached four ways:
#
#     /run/docker.sock   in the ship, so through SSH
#     engine.sock        the same, in the ship's folder on this machine
#     port 2376          TLS with certificates on both sides, by the engine itself
#     port 2375          plain TCP. An engine does not take both, so a relay passes this on to its socket; it lives
#                        and dies with the engine

PLAIN_PORT=2375 TLS_PORT=2376

# start_engine SHIP [OPTION…]
start_engine() {
    local ship=$1 address
    shift
    address=$(address_of "$ship")
    inside "$ship" rm -f /run/docker.pid /run/docker.sock /host/engine.sock
    daemon "$ship" engine dockerd --pidfile /run/docker.pid --data-root /host/docker \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/maestro-lab/$LAB/$ship" --dns "$address" \
        --shutdown-timeout 5 --host unix:///run/docker.sock --host unix:///host/engine.sock \
        --host "tcp://$address:$TLS_PORT" --tlsverify \
        --tlscacert /host/tls/ca.pem --tlscert /host/tls/cert.pem --tlskey /host/tls/key.pem "$@"
    # -t: a request that was sent to its end may be answered much later.
    daemon "$ship" relay socat -t 86400 \
        "TCP-LISTEN:$PLAIN_PORT,bind=$address,fork,reuseaddr,backlog=128" UNIX-CONNECT:/run/docker.sock
}

# engine_replies SHIP: asked through the plain port, so the network has its say as well.
engine_replies() {
    # shellcheck disable=SC2016 # the inner shell expands these
    timeout 2 bash -c '
        exec 3<>"/dev/tcp/$1/$2" && printf "GET /_ping HTTP/1.0\r\n\r\n" >&3 && grep -q "^OK" <&3' \
        _ "$(address_of "$1")" "$PLAIN_PORT" 2>/dev/null
}

engine_replies_or_ended() { engine_replies "$1" || no_daemon "$1" engine; }

await_engine() {
    wait_until 90 engine_replies_or_ended "$1" && engine_replies "$1" && return
    die "the engine of $1 does not come up: $(grep -E 'level=(error|fatal)|ailed' "$LAB_FOLDER/$1/engine.log" | tail -n 1 | cut -c 1-300)"
}

# revive_engine SHIP [live-restore]: starts it again.
revive_engine() {
    case $2 in
    '') start_engine "$1" ;;
    live-restore) start_engine "$1" --live-restore ;;
    *) die "revive with what? 'live-restore', or nothing" ;;
    esac
    await_engine "$1"
}

# stop_engine SHIP: asks it to stop, its containers first.
stop_engine() {
    signal_daemon "$1" TERM engine
    wait_until 30 no_daemon "$1" engine || kill_engine "$1"
    kill_daemons "$1" relay
}

# kill_engine SHIP: it and the relay; its containerd goes with it, its containers run on.
kill_engine() {
    kill_daemons "$1" relay
    signal_daemon "$1" KILL engine
}

# freeze_engine SHIP: connections are still accepted, by the kernel; nothing is answered.
freeze_engine() { signal_daemon "$1" STOP engine; }
thaw_engine() { signal_daemon "$1" CONT engine; }

# show_certificate SHIP KIND: the engine starts anew with it.
show_certificate() {
    [[ " $KINDS " == *" $2 "* ]] || die "which certificate? There are: $KINDS"
    use_certificate "$1" "$2"
    stop_engine "$1"
    start_engine "$1"
    await_engine "$1"
}

# docker_of SHIP ARGUMENT…: the ship's own docker command.
docker_of() {
    local ship=$1
    shift
    inside "$ship" timeout 60 docker "$@"
}

# load_image SHIP IMAGE: an image of a static busybox alone, from no registry. One that is there stays.
load_image() {
    ! docker_of "$1" image inspect "$2" >/dev/null 2>&1 || return 0
    tar -c -C "$LAB_FOLDER/image" bin | docker_of "$1" import - "$2" >/dev/null || die "the engine of $1 did not take the image $2"
}

# make_image: the files of that image.
make_image() {
    local busybox
    busybox=$("$REPO/scripts/need-busybox")
    eval "$busybox"
    mkdir -p "$LAB_FOLDER/image/bin"
    cp "$MAESTRO_TEST_BUSYBOX" "$LAB_FOLDER/image/bin/busybox"
}
