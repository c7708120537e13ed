# shellcheck shell=bash
# The lab's image registry: Debian's docker-registry with a user, a password and TLS by the lab's CA, which all ships
# trust. In front of it stands a door that can misbehave (registry-door.pl).

REGISTRY_PORT=5000
REGISTRY_USER=sailor
REGISTRY_IMAGES="busybox:1 team/hello:2.0"

registry_address() { echo "$(address_of registry):$REGISTRY_PORT"; }

# registry_password_hash PASSWORD: as docker-registry wants it, by the C library's bcrypt.
# shellcheck disable=SC2016 # Perl's variables
registry_password_hash() {
    printf '%s' "$1" | perl -e '
        my $salt = join "", map { (".", "/", 0 .. 9, "A" .. "Z", "a" .. "z")[rand 64] } 1 .. 21;
        print crypt(<STDIN>, "\$2y\$05\$$salt."), "\n"'
}

prepare_registry() {
    local folder=$LAB_FOLDER/registry password
    mkdir -p "$folder/images"
    password=$(openssl rand -hex 12)
    (umask 077 && echo "$password" >"$LAB_FOLDER/registry-password")
    echo "$REGISTRY_USER:$(registry_password_hash "$password")" >"$folder/htpasswd"
    cat >"$folder/registry.yml" <<'EOF'
version: 0.1
storage:
  filesystem: {rootdirectory: /host/images}
  delete: {enabled: true}
http: {addr: "127.0.0.1:5001", relativeurls: true}
auth: {htpasswd: {realm: lab, path: /host/htpasswd}}
EOF
    cp "$REPO/scripts/lab/registry-door.pl" "$folder/"
}

# trust_registry SHIP: as an administrator tells Docker, which reads it at each pull.
trust_registry() {
    local certificates
    certificates=$LAB_FOLDER/$1/etc-docker/certs.d/$(registry_address)
    mkdir -p "$certificates"
    cp "$(certificates)/ca/ca.pem" "$certificates/ca.crt"
}

start_registry() {
    daemon registry registry docker-registry serve /host/registry.yml
    daemon registry door socat -t 86400 \
        "OPENSSL-LISTEN:$REGISTRY_PORT,bind=$(address_of registry),fork,reuseaddr,backlog=128,verify=0,cert=/host/tls/cert.pem,key=/host/tls/key.pem" \
        EXEC:'perl /host/registry-door.pl 5001 /host/fault'
    wait_until 20 registry_listens || die "the registry does not come up: $(tail -n 1 "$LAB_FOLDER/registry/registry.log")"
}

registry_listens() {
    listens registry "$REGISTRY_PORT" && inside registry bash -c 'exec 3<>/dev/tcp/127.0.0.1/5001' 2>/dev/null
}

stop_registry() { kill_daemons registry door registry; }

# fill_registry SHIP: pushes the images, by that ship's engine, which then forgets the password.
fill_registry() {
    local ship=$1 image name
    docker_of "$ship" login --username "$REGISTRY_USER" --password-stdin "$(registry_address)" \
        <"$LAB_FOLDER/registry-password" >/dev/null 2>&1 || die "the registry does not take its password"
    for image in $REGISTRY_IMAGES; do
        name=$(registry_address)/$image
        docker_of "$ship" tag "$LAB_IMAGE" "$name"
        quietly docker_of "$ship" push "$name" || die "the registry did not take $image (Docker's words are above)"
        docker_of "$ship" rmi "$name" >/dev/null
    done
    docker_of "$ship" logout "$(registry_address)" >/dev/null
}

heal_registry() {
    rm -f "$LAB_FOLDER/registry/fault"
    registry_listens || start_registry
}

# registry_fault WORD…: what the door does from now on, see there.
registry_fault() {
    case "$1 ${2:-}" in
    answer\ [45][0-9][0-9] | stall\ * | cut\ * | slow\ [1-9]*) echo "$*" >"$LAB_FOLDER/registry/fault" ;;
    *) return 2 ;;
    esac
}
