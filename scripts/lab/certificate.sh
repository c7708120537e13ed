# shellcheck shell=bash
# The lab's certificates. Folders as Docker's DOCKER_CERT_PATH wants them (ca.pem, cert.pem, key.pem):
#
#     certificates/client       for who may use the engines
#     certificates/stranger     by another CA: an engine refuses it, and it does not trust the engines
#     certificates/HOST/KIND    a server's: good, expired, misnamed (another host's), foreign (by the other CA)

certificates() { echo "$LAB_FOLDER/certificates"; }

# shellcheck disable=SC2034 # ./lab uses it
KINDS="good expired misnamed foreign"

new_key() { quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# new_ca FOLDER NAME
new_ca() {
    mkdir -p "$1"
    new_key "$1/key.pem"
    quietly openssl req -x509 -new -key "$1/key.pem" -days 30 -subj "/CN=$2" -out "$1/ca.pem"
}

# days_ahead DAYS: that time as openssl takes it.
days_ahead() { date -u -d "$1 days" +%Y%m%d%H%M%SZ; }

# sign CA FOLDER NAME USAGE ALTERNATIVES [DAYS]: a certificate with its key into the folder, good for 30 days, or until
# so many days ahead. By `openssl ca`: only that makes an expired one with every version of openssl.
sign() {
    local ca=$1 folder=$2 name=$3 usage=$4 alternatives=$5 days=${6:-30} work
    mkdir -p "$folder"
    work=$(mktemp -d "$folder/work.XXXXXX")
    : >"$work/index"
    echo "01$(openssl rand -hex 8)" >"$work/serial"
    cat >"$work/config" <<EOF
[ca]
default_ca = lab
[lab]
database = $work/index
serial = $work/serial
new_certs_dir = $work
certificate = $ca/ca.pem
private_key = $ca/key.pem
default_md = sha256
policy = names
x509_extensions = extensions
[names]
commonName = supplied
[extensions]
extendedKeyUsage = $usage
subjectAltName = $alternatives
EOF
    new_key "$folder/key.pem"
    quietly openssl req -new -key "$folder/key.pem" -subj "/CN=$name" -out "$work/request.pem"
    quietly openssl ca -batch -notext -config "$work/config" -in "$work/request.pem" \
        -out "$folder/cert.pem" -startdate "$(days_ahead -30)" -enddate "$(days_ahead "$days")"
    cp "$ca/ca.pem" "$folder/ca.pem"
    rm -r "$work"
}

make_certificates() {
    local all
    all=$(certificates)
    new_ca "$all/ca" "Maestro's lab $LAB"
    new_ca "$all/other-ca" "another CA"
    sign "$all/ca" "$all/client" client clientAuth DNS:client
    sign "$all/other-ca" "$all/stranger" stranger clientAuth DNS:stranger
}

# server_certificates HOST: all kinds. The last day of the expired one was yesterday.
server_certificates() {
    local host=$1 all names
    all=$(certificates)
    names="IP:$(address_of "$host"),DNS:$host,DNS:$host.$LAB"
    sign "$all/ca" "$all/$host/good" "$host" serverAuth "$names"
    sign "$all/ca" "$all/$host/expired" "$host" serverAuth "$names" -1
    sign "$all/ca" "$all/$host/misnamed" elsewhere serverAuth "IP:192.0.2.1,DNS:elsewhere.$LAB"
    sign "$all/other-ca" "$all/$host/foreign" "$host" serverAuth "$names"
    use_certificate "$host" good
}

# use_certificate HOST KIND: from its engine's next start on.
use_certificate() {
    local from
    from=$(certificates)/$1/$2
    mkdir -p "$LAB_FOLDER/$1/tls"
    cp "$from/cert.pem" "$from/key.pem" "$LAB_FOLDER/$1/tls/"
    cp "$(certificates)/ca/ca.pem" "$LAB_FOLDER/$1/tls/ca.pem"
    echo "$2" >"$LAB_FOLDER/$1/certificate"
}
