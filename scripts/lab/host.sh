# shellcheck shell=bash
# A host of the lab: processes with a network, mounts, process numbers and a host name of their own. A ship is one,
# and so is the registry. Its folder LAB_FOLDER/HOST is /host inside; all that is to outlive its power is there.
#
# Each process of a host has MAESTRO_LAB_HOST=LAB/HOST in its environment, so that `down` finds it whatever happened.

# process_numbers HOST: of its own processes, as this machine counts them; all hosts' if HOST is '*'.
process_numbers() {
    local file
    for file in /proc/[0-9]*/environ; do
        # shellcheck disable=SC2053 # a pattern
        if [[ $({ tr '\0' '\n' <"$file" | grep -m 1 '^MAESTRO_LAB_HOST='; } 2>/dev/null) == MAESTRO_LAB_HOST=$LAB/$1 ]]; then
            file=${file#/proc/}
            echo "${file%/environ}"
        fi
    done
}

# first_process HOST: its process 1, if it lives.
first_process() {
    local number
    number=$(cat "$LAB_FOLDER/$1/pid" 2>/dev/null) || return 1
    grep -qzx "MAESTRO_LAB_HOST=$LAB/$1" "/proc/$number/environ" 2>/dev/null && echo "$number"
}

is_on() { first_process "$1" >/dev/null; }

address_of() { cat "$LAB_FOLDER/$1/address"; }

# boot HOST GENERATION: its process 1, on the generation's root file system. It has no cable yet.
boot() {
    local host=$1 root
    root=$(root_of "$2")
    rm -f "$LAB_FOLDER/$host/pid"
    mkdir -p "$LAB_FOLDER/$host/layer"
    setsid env -i PATH="$PATH" MAESTRO_LAB_HOST="$LAB/$host" \
        unshare --net --mount --uts --ipc --pid --fork -- \
        "$REPO/scripts/lab/first-process" "$host" "$LAB_FOLDER/$host" "$root" \
        </dev/null >"$LAB_FOLDER/$host/boot.log" 2>&1 &
    disown
    wait_until 20 is_on "$host" || die "$host did not boot: $(tail -n 3 "$LAB_FOLDER/$host/boot.log")"
}

# inside HOST COMMAND…: runs it there.
inside() {
    local host=$1 number
    shift
    number=$(first_process "$host") || die "$host is off"
    nsenter -t "$number" -m -u -i -n -p -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" \
        MAESTRO_LAB_HOST="$LAB/$host" "$@"
}

# daemon HOST NAME COMMAND…: runs it there in the background, in a process group of its own.
# Its number there is in /run/NAME.pid, what it says in /host/NAME.log.
daemon() {
    local host=$1 name=$2
    shift 2
    # shellcheck disable=SC2016 # the inner shell expands these
    inside "$host" bash -c '
        name=$1; shift
        rm -f "/run/$name.pid"
        setsid bash -c "echo \$\$ >/run/$name.pid; exec \"\$@\"" "$name" "$@" </dev/null >>"/host/$name.log" 2>&1 &
        for _ in {1..100}; do [ ! -s "/run/$name.pid" ] || exit 0; sleep 0.05; done; exit 1' "$name" "$name" "$@"
}

# signal_daemon HOST SIGNAL NAME: to that process alone.
signal_daemon() { send_signal "$1" "$2" "" "$3"; }

# kill_daemons HOST NAME…: these and the processes that they made; one that does not run is no matter.
kill_daemons() {
    local host=$1
    shift
    send_signal "$host" KILL - "$@"
}

# send_signal HOST SIGNAL SIGN NAME…: the sign - is for the whole group.
send_signal() {
    local host=$1
    shift
    # shellcheck disable=SC2016 # the inner shell expands these
    inside "$host" bash -c '
        signal=$1 sign=$2; shift 2
        for name; do kill -s "$signal" -- "$sign$(cat "/run/$name.pid")"; done 2>/dev/null; true' _ "$@"
}

# daemon_state HOST NAME: the letter that ps shows for it; nothing if it does not run.
daemon_state() {
    # shellcheck disable=SC2016 # the inner shell expands these
    inside "$1" sh -c 'cut -d " " -f 3 "/proc/$(cat "/run/$1.pid")/stat"' sh "$2" 2>/dev/null
}

no_daemon() { [[ $(daemon_state "$1" "$2") =~ ^[ZX]?$ ]]; }

# listens HOST PORT: does something accept connections there, seen from this machine?
# shellcheck disable=SC2016 # the inner shell expands these
listens() { timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$(address_of "$1")" "$2" 2>/dev/null; }

no_process() { [ -z "$(process_numbers "$1")" ]; }

# power_off HOST: all its processes at once, as when a plug is pulled. HOST may be '*' for all.
power_off() {
    local numbers
    numbers=$(process_numbers "$1")
    # shellcheck disable=SC2086 # one word each
    [ -z "$numbers" ] || kill -KILL $numbers 2>/dev/null || true
    wait_until 20 no_process "$1" || die "processes of $1 cannot be killed: $(process_numbers "$1" | tr '\n' ' ')"
}
