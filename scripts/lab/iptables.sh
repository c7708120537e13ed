# shellcheck shell=bash
# name_iptables ROOT: gives iptables its names in a root file system whose packages' installation scripts were not run:
# the kernel's newer tables, else the older. Sourced; run in the network of the engine that will use it.
name_iptables() {
    local kind=nft name
    [ ! -e "$1/usr/sbin/iptables" ] || return 0
    chroot "$1" xtables-nft-multi iptables -t nat -S >/dev/null 2>&1 || kind=legacy
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        ln -s "xtables-$kind-multi" "$1/usr/sbin/$name"
    done
}
