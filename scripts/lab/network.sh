# shellcheck shell=bash
# The lab's network: a switch (a bridge in a network of its own, so that no firewall of this machine sees what
# passes), and a cable from it to each host and to this machine. This machine's end is a link named as the lab is.
#
# Every end knows every other's hardware address for good. Otherwise a cut would show after 3 s as "no route to host",
# because nobody answers to ARP; so it is silent, as it is with a router in between.

# shellcheck disable=SC2034 # lab.sh uses these
NETWORKS=10.77 # the lab's own is one of 90 below it, see choose_network
MACHINE=1 NOBODY=02:6d:00:00:00:00 REGISTRY=2 FIRST_SHIP=11

link_of_machine() { echo "lab-$LAB"; }

# choose_network: the first that neither this machine nor another lab knows. All their addresses are of one length,
# so that tables look alike in all labs.
choose_network() {
    local number
    for number in {10..99}; do
        ip route show table all | grep "\b$NETWORKS\.$number\." >/dev/null && continue
        ! grep -qxs "$NETWORKS.$number" "$LABS"/*/network || continue
        echo "$NETWORKS.$number" >"$LAB_FOLDER/network"
        return
    done
    die "no free network below $NETWORKS: 90 labs?"
}

network() { cat "$LAB_FOLDER/network"; }

# hardware_address ADDRESS
hardware_address() {
    local a b c d
    IFS=. read -r a b c d <<<"$1"
    printf '02:6d:%02x:%02x:%02x:%02x\n' "$a" "$b" "$c" "$d"
}

# hosts: the names of all, the registry first.
hosts() { (cd "$LAB_FOLDER" && printf '%s\n' */address 2>/dev/null) | sed 's|/address$||' | grep -v '\*' | sort -V; }

ships() { hosts | grep -v '^registry$'; }

in_switch() { nsenter -t "$(first_process switch)" -n "$@"; }

# network_of HOST COMMAND…: this machine's command in the host's network.
network_of() {
    local number
    number=$(first_process "$1") || die "$1 is off"
    shift
    nsenter -t "$number" -n "$@"
}

has_own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

start_switch() {
    mkdir -p "$LAB_FOLDER/switch"
    setsid env -i PATH="$PATH" MAESTRO_LAB_HOST="$LAB/switch" unshare --net sleep infinity </dev/null >/dev/null 2>&1 &
    echo $! >"$LAB_FOLDER/switch/pid"
    disown
    wait_until 10 has_own_network $! || die "no network of its own for the switch"
    in_switch ip link add name br-lab type bridge forward_delay 0 stp_state 0
    in_switch ip link set dev br-lab up
    connect_machine
}

connect_machine() {
    local link
    link=$(link_of_machine)
    ip link add name "$link" address "$(hardware_address "$(network).$MACHINE")" \
        type veth peer name machine netns "$(first_process switch)"
    plug machine
    ip address add "$(network).$MACHINE/24" dev "$link"
    ip link set dev "$link" up
}

# plug NAME: the switch's end of a cable.
plug() { in_switch ip link set dev "$1" master br-lab up; }

# unplug HOST: its cable is gone. The kernel would answer for a dead host, that nobody listens, until it has removed the
# host's network, which it does in its own time.
unplug() { in_switch ip link delete dev "$1" 2>/dev/null || true; }

# know_all HOST [HARDWARE]: the host knows all others by their own hardware addresses, or by this one.
know_all() {
    local address
    for address in "$(network).$MACHINE" $(cat "$LAB_FOLDER"/*/address); do
        network_of "$1" ip neighbour replace "$address" lladdr "${2:-$(hardware_address "$address")}" \
            dev eth0 nud permanent
    done
}

# connect_host HOST: its cable.
connect_host() {
    local host=$1 address
    address=$(address_of "$host")
    unplug "$host" # of its life before
    in_switch ip link add name "$host" \
        type veth peer name eth0 address "$(hardware_address "$address")" netns "$(first_process "$host")"
    plug "$host"
    network_of "$host" ip link set dev lo up
    network_of "$host" ip address add "$address/24" dev eth0
    network_of "$host" ip link set dev eth0 up
    know_way "$host"
    ip neighbour replace "$address" lladdr "$(hardware_address "$address")" dev "$(link_of_machine)" nud permanent
}

disconnect_machine() { ip link delete dev "$(link_of_machine)" 2>/dev/null || true; }

is_cut() { [ -e "$LAB_FOLDER/$1/cut" ]; }

# cut HOST [to|from|port NUMBER]: frames to it, from it, or both are lost, or what others send to that TCP port; neither
# side is told.
cut_off() {
    case "${2:-both}" in
    port)
        [[ ${3-} =~ ^[0-9]+$ ]] || die "cut off which port?"
        inside "$1" iptables -t mangle -I PREROUTING -i eth0 -p tcp --dport "$3" -j DROP
        ;;
    both) in_switch bridge link set dev "$1" state 0 ;;
    # Frames to it go to the cable of this machine, which ignores them; the entry stays though it speaks.
    to) in_switch bridge fdb replace "$(hardware_address "$(address_of "$1")")" dev machine master static sticky ;;
    # It writes an address on its frames that nobody has.
    from) know_all "$1" "$NOBODY" ;;
    *) die "cut off what? 'to', 'from', 'port NUMBER', or nothing for both" ;;
    esac
    echo "${2:-both}${3:+ $3}" >"$LAB_FOLDER/$1/cut"
}

heal_cut() {
    # The kernel takes this for a cable that has been seen to work; one that was just plugged in works anyway.
    ! is_cut "$1" || in_switch bridge link set dev "$1" state 3
    ! grep -qs '^port' "$LAB_FOLDER/$1/cut" || inside "$1" iptables -t mangle -F PREROUTING
    know_way "$1"
}

# know_way HOST: both sides know each other's addresses as they are.
know_way() {
    in_switch bridge fdb delete "$(hardware_address "$(address_of "$1")")" dev machine master 2>/dev/null || true
    know_all "$1"
    rm -f "$LAB_FOLDER/$1/cut"
}

# slow HOST RATE: what goes to it passes at that rate, as tc writes it (256kbit); 'off' ends that.
slow_down() {
    in_switch tc qdisc delete dev "$1" root 2>/dev/null || true
    [ "$2" = off ] || in_switch tc qdisc add dev "$1" root tbf rate "$2" burst 16kb latency 500ms ||
        die "that rate is not taken: write it as 256kbit or 1mbit"
}
