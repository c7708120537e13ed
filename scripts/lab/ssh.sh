# shellcheck shell=bash
# SSH to the ships: root, with the lab's key. ssh/known_hosts has each ship's host key under its name and its address;
# ssh/config puts it together: ssh -F ssh/config ship1

new_ssh_key() { rm -f "$1" "$1.pub" && quietly ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1"; }

make_ssh_key() {
    mkdir -p "$LAB_FOLDER/ssh"
    new_ssh_key "$LAB_FOLDER/ssh/key" "maestro-lab-$LAB"
}

# know_ssh_host SHIP: its host key of now, for good.
know_ssh_host() {
    local ship=$1
    echo "$ship,$(address_of "$ship") $(cut -d ' ' -f 1,2 "$LAB_FOLDER/$ship/ssh/host_key.pub")" >>"$LAB_FOLDER/ssh/known_hosts"
    cat >>"$LAB_FOLDER/ssh/config" <<EOF
Host $ship $(address_of "$ship")
  HostName $(address_of "$ship")
  User root
  IdentityFile $LAB_FOLDER/ssh/key
  IdentitiesOnly yes
  UserKnownHostsFile $LAB_FOLDER/ssh/known_hosts
EOF
}

make_host_key() {
    mkdir -p "$LAB_FOLDER/$1/ssh"
    new_ssh_key "$LAB_FOLDER/$1/ssh/host_key" "$1"
    cp "$LAB_FOLDER/ssh/key.pub" "$LAB_FOLDER/$1/ssh/authorized_keys"
}

start_sshd() {
    local forwarding=no
    forwards "$1" || forwarding=yes
    daemon "$1" sshd /usr/sbin/sshd -D -e -f /dev/null -h /host/ssh/host_key \
        -o Port=22 -o "ListenAddress=$(address_of "$1")" -o AuthorizedKeysFile=/host/ssh/authorized_keys \
        -o StrictModes=no -o PermitRootLogin=prohibit-password -o PasswordAuthentication=no \
        -o KbdInteractiveAuthentication=no -o UsePAM=no -o MaxSessions=64 -o MaxStartups=64:30:128 -o PidFile=none \
        -o "DisableForwarding=$forwarding"
}

await_sshd() { wait_until 20 listens "$1" 22 || die "sshd of $1 does not come up: $(tail -n 1 "$LAB_FOLDER/$1/sshd.log")"; }

# rekey SHIP: another host key, which known_hosts does not learn: a client has to refuse it. The known one is kept.
rekey() {
    local folder=$LAB_FOLDER/$1/ssh
    if is_known "$1"; then
        mkdir "$folder/known"
        mv "$folder"/host_key{,.pub} "$folder/known/"
    fi
    make_host_key "$1"
    restart_sshd "$1"
}

is_known() { [ ! -e "$LAB_FOLDER/$1/ssh/known" ]; }

# show_known_key SHIP: ends rekey.
show_known_key() {
    local folder=$LAB_FOLDER/$1/ssh
    mv "$folder"/known/host_key{,.pub} "$folder/"
    rmdir "$folder/known"
    restart_sshd "$1"
}

# set_forwarding SHIP on|off: whether its sshd forwards connections.
set_forwarding() {
    case ${2:-} in
    on) rm -f "$LAB_FOLDER/$1/ssh/no-forwarding" ;;
    off) touch "$LAB_FOLDER/$1/ssh/no-forwarding" ;;
    *) die "forwarding is 'on' or 'off'" ;;
    esac
    restart_sshd "$1"
}

forwards() { [ ! -e "$LAB_FOLDER/$1/ssh/no-forwarding" ]; }

restart_sshd() {
    kill_daemons "$1" sshd
    start_sshd "$1"
    await_sshd "$1"
}
