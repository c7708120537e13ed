# shellcheck shell=bash
# A lab that lives as long as the script that started it: its name is a prefix and the script's process number.
# Sourced after lib.sh.

# sweep_labs PREFIX: takes down the labs of scripts that were killed before they could do it.
sweep_labs() {
    local folder owner
    for folder in /var/lib/maestro-lab/"$1"[0-9]*; do
        owner=${folder##*/"$1"}
        if [ -e "$folder" ] && ! kill -0 "$owner" 2>/dev/null; then "$REPO/lab" --name "$1$owner" down; fi
    done
}
