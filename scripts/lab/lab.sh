# shellcheck shell=bash
# A whole lab: its beginning, its state, its end.

# What every ship has, beside what the registry has.
LAB_IMAGE=lab/busybox:1
# Engines get slow, and may hang, if more start at once.
STARTS_AT_ONCE=4

# need_this_machine: can a lab be here? Installs the few programs that it takes.
need_this_machine() {
    [ "$(uname -s)" = Linux ] || die "the lab is made of Linux namespaces: run it on Linux, or in a virtual machine with it"
    [ "$(id -u)" = 0 ] || die "the lab needs root, for networks and mounts of its own: run it with sudo"
    if ! have unshare || ! have nsenter; then
        die "the lab needs unshare and nsenter: install util-linux"
    fi
    unshare --net --mount --uts --ipc --pid --fork true 2>/dev/null ||
        die "this machine does not let root make namespaces (a container without --privileged?): run the lab on a real or virtual machine"
    need_programs
    mount_cgroups
}

need_programs() {
    local pair wanted=()
    for pair in ip:iproute2 openssl:openssl ssh-keygen:openssh-client perl:perl-base; do
        have "${pair%:*}" || wanted+=("${pair#*:}")
    done
    [ ${#wanted[@]} = 0 ] && return
    have apt-get || die "the lab needs these packages: install ${wanted[*]}"
    apt_update
    apt_install "${wanted[@]}" || die "the lab needs these packages, and apt-get could not install them: ${wanted[*]}"
}

is_up() { [ -e "$LAB_FOLDER/ready" ]; }

need_lab() { is_up || die "no lab '$LAB' is up: start it with './lab${NAME_OPTION} up 3'"; }

# generation_of_number WORD NUMBER: of the ship with this number.
generation_of_number() {
    case $1 in
    mixed) echo "${GENERATIONS[$((($2 - 1) % ${#GENERATIONS[@]}))]}" ;;
    20.10 | 26.1 | 28 | installed) echo "$1" ;;
    *) die "a generation is 20.10, 26.1, 28, mixed or installed, not '$1'" ;;
    esac
}

# generations WORD COUNT: those of all ships, each once.
generations() {
    local number
    for number in $(seq "$2"); do generation_of_number "$1" "$number" || return 1; done | sort -u
}

# up COUNT WORD
up() {
    local count=$1 word=$2 generation all
    [[ $count =~ ^[1-9]$ ]] || die "how many ships? 'up' takes a number from 1 to 9"
    all=$(generations "$word" "$count")
    if is_up; then
        say "lab '$LAB' is up already"
        status
        return
    fi
    need_this_machine
    for generation in $all; do
        [ "$generation" != installed ] || need_installed
        need_root "$generation"
    done
    [[ $all != installed ]] || need_root 20.10 # for the registry
    take_down
    trap give_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    build_up "$count" "$word"
    trap - EXIT INT TERM
}

# give_up: first what still builds, else it would build on while all is taken down.
give_up() {
    local builders
    say "giving up; taking down what was there"
    builders=$(jobs -rp)
    # shellcheck disable=SC2086 # one word each
    [ -z "$builders" ] || kill $builders 2>/dev/null || true
    wait
    take_down
}

need_installed() {
    local program
    for program in dockerd docker sshd socat tini iptables; do
        have "$program" || die "generation 'installed' runs on this machine's own programs, and $program is not installed: install docker.io, openssh-server, socat, tini and iptables, or take --generation 28"
    done
}

build_up() {
    local count=$1 word=$2 number first ship
    first=$(generation_of_number "$word" 1)
    mkdir -p "$LABS"
    mkdir -m 700 "$LAB_FOLDER"
    (flock 9 && choose_network) 9<"$LABS"
    # This machine may have no docker-registry.
    define_host registry "$REGISTRY" "${first/installed/20.10}"
    for number in $(seq "$count"); do
        define_host "ship$number" $((FIRST_SHIP + number - 1)) "$(generation_of_number "$word" "$number")"
    done
    make_certificates
    make_ssh_key
    for ship in $(ships); do make_host_key "$ship" && know_ssh_host "$ship"; done
    make_image
    prepare_registry
    start_switch
    in_parallel prepare_host
    in_parallel start_host
    fill_registry ship1
    rm "$LAB_FOLDER/builders"
    : >"$LAB_FOLDER/ready"
    say "lab '$LAB' is up: $(ships | tr '\n' ' ')and a registry; './lab${NAME_OPTION} env' tells how to reach them"
}

# define_host NAME NUMBER GENERATION
define_host() {
    mkdir -p "$LAB_FOLDER/$1"
    echo "$(network).$2" >"$LAB_FOLDER/$1/address"
    echo "$3" >"$LAB_FOLDER/$1/generation"
}

# prepare_host HOST: what takes no process there.
prepare_host() {
    local host
    for host in $(hosts); do
        echo "$(address_of "$host") $host $host.$LAB"
    done >"$LAB_FOLDER/$1/names"
    server_certificates "$1"
    [ "$1" != registry ] || return 0
    trust_registry "$1"
}

# start_host HOST: it and all that runs on it.
start_host() {
    local host=$1
    boot "$host" "$(cat "$LAB_FOLDER/$host/generation")"
    connect_host "$host"
    if [ "$host" = registry ]; then
        start_registry
        return
    fi
    cp "$REPO/scripts/lab/name-server.pl" "$LAB_FOLDER/$host/"
    daemon "$host" names perl /host/name-server.pl "$(address_of "$host")" /host/names
    start_sshd "$host"
    start_engine "$host"
    await_sshd "$host"
    await_engine "$host"
    load_image "$host" "$LAB_IMAGE"
}

# in_parallel COMMAND: for each host. It fails if one does; those that it begins are waited for in any case.
in_parallel() {
    local command=$1 host process processes=() failed=
    for host in $(hosts); do
        while [ "$(jobs -rp | wc -l)" -gt "$STARTS_AT_ONCE" ]; do wait -n || failed=yes; done
        "$command" "$host" &
        processes+=($!)
        echo $! >>"$LAB_FOLDER/builders"
    done
    for process in "${processes[@]}"; do wait "$process" || failed=yes; done
    [ -z "$failed" ]
}

# kill_builders: those of an 'up' that was killed go on otherwise.
kill_builders() {
    local builder
    while read -r builder; do
        ! tr '\0' ' ' 2>/dev/null <"/proc/$builder/cmdline" | grep '/lab .*up ' >/dev/null || kill -KILL "$builder"
    done 2>/dev/null <"$LAB_FOLDER/builders" || true
}

# take_down: all that bears the lab's name, in whatever state it is.
take_down() {
    kill_builders
    power_off '*'
    disconnect_machine
    wait_until 20 no_cgroups || die "cgroups of lab '$LAB' cannot be removed: $(cgroups)"
    rm -rf --one-file-system "$LAB_FOLDER"
    rmdir "$LABS" 2>/dev/null || true
}

cgroups() {
    find /sys/fs/cgroup -depth -type d \( -path "*/maestro-lab/$LAB" -o -path "*/maestro-lab/$LAB/*" \) 2>/dev/null
}

# no_cgroups: removes them, deepest first; one that has just lost its last process may need another try.
no_cgroups() {
    cgroups | xargs -r rmdir 2>/dev/null || true
    find /sys/fs/cgroup -maxdepth 2 -type d -name maestro-lab -exec rmdir {} + 2>/dev/null || true
    [ -z "$(cgroups)" ]
}

down() {
    [ "$(id -u)" = 0 ] || die "the lab needs root: run it with sudo"
    if [ ! -e "$LAB_FOLDER" ] && no_process '*'; then
        say "no lab '$LAB' is up"
        return
    fi
    take_down
    say "lab '$LAB' is down; nothing of it is left"
}

# state_of SHIP: in a word or two.
state_of() {
    if ! is_on "$1"; then
        echo off
    elif is_cut "$1"; then
        echo "cut off ($(cat "$LAB_FOLDER/$1/cut"))"
    elif no_daemon "$1" engine; then
        echo "engine killed"
    elif [ "$(daemon_state "$1" engine)" = T ]; then
        echo "engine frozen"
    elif engine_replies "$1"; then
        echo up
    else
        echo "does not answer"
    fi
}

status() {
    local ship
    printf '%-10s %-14s %-12s %s\n' SHIP ADDRESS DOCKER STATE
    for ship in $(ships); do
        printf '%-10s %-14s %-12s %s\n' "$ship" "$(address_of "$ship")" "$(cat "$LAB_FOLDER/$ship/generation")" "$(state_of "$ship")"
    done
    echo
    echo "registry $(registry_address) $(registry_state)"
}

registry_state() {
    if [ -e "$LAB_FOLDER/registry/fault" ]; then
        echo "up, with a fault: $(cat "$LAB_FOLDER/registry/fault")"
    elif is_on registry && listens registry "$REGISTRY_PORT"; then
        echo up
    else
        echo stopped
    fi
}

# mend_ship SHIP
mend_ship() {
    local ship=$1
    if ! is_on "$ship"; then
        start_host "$ship"
    fi
    heal_cut "$ship"
    slow_down "$ship" off
    thaw_engine "$ship"
    if no_daemon "$ship" engine; then
        start_engine "$ship"
    fi
    await_engine "$ship"
    [ "$(cat "$LAB_FOLDER/$ship/certificate")" = good ] || show_certificate "$ship" good
    is_known "$ship" || show_known_key "$ship"
    forwards "$ship" || set_forwarding "$ship" on
}

# mend: all is as it was, but for what is on the engines.
mend() {
    local ship
    for ship in $(ships); do mend_ship "$ship"; done
    heal_registry
}

# variable NAME VALUE: for a shell to evaluate.
variable() { printf 'export %s=%q\n' "$1" "$2"; }

environment() {
    local ship number=0
    variable MAESTRO_LAB "$LAB"
    variable MAESTRO_LAB_FOLDER "$LAB_FOLDER"
    variable MAESTRO_LAB_SHIPS "$(ships | tr '\n' ' ' | sed 's/ $//')"
    for ship in $(ships); do
        number=$((number + 1))
        variable "MAESTRO_LAB_SHIP$number" "$(address_of "$ship")"
        variable "MAESTRO_LAB_SHIP${number}_DOCKER" "$(cat "$LAB_FOLDER/$ship/generation")"
    done
    variable MAESTRO_LAB_IMAGE "$LAB_IMAGE"
    variable MAESTRO_LAB_CERTIFICATES "$(certificates)"
    variable MAESTRO_LAB_SSH_KEY "$LAB_FOLDER/ssh/key"
    variable MAESTRO_LAB_SSH_KNOWN_HOSTS "$LAB_FOLDER/ssh/known_hosts"
    variable MAESTRO_LAB_SSH_CONFIG "$LAB_FOLDER/ssh/config"
    variable MAESTRO_LAB_REGISTRY "$(registry_address)"
    variable MAESTRO_LAB_REGISTRY_USER "$REGISTRY_USER"
    variable MAESTRO_LAB_REGISTRY_PASSWORD_FILE "$LAB_FOLDER/registry-password"
    variable MAESTRO_LAB_REGISTRY_IMAGES "$REGISTRY_IMAGES"
}

# file TRANSPORT: the ships as a maestro.yaml has them.
file() {
    local ship
    echo "ships:"
    for ship in $(ships); do
        echo "  $ship:"
        echo "    ip: $(address_of "$ship")"
        case $1 in
        tcp) echo "    docker_port: $PLAIN_PORT" ;;
        tls)
            cat <<EOF
    docker_port: $TLS_PORT
    tls: true
    tls_verify: true
    tls_ca_cert: $(certificates)/client/ca.pem
    tls_cert: $(certificates)/client/cert.pem
    tls_key: $(certificates)/client/key.pem
EOF
            ;;
        ssh)
            cat <<EOF
    socket_path: /run/docker.sock
    ssh_tunnel:
      user: root
      key: $LAB_FOLDER/ssh/key
EOF
            ;;
        *) die "a transport is tcp, tls or ssh, not '$1'" ;;
        esac
    done
}
