#!/bin/sh
# Keeps what a run is about to change on this node, and puts it back.  Sent by the controller and kept in
# the run's own folder, so that the node can put things back by itself when nobody can reach it any more.
#
#   rollback.sh keep FOLDER FILE...        before the files are changed; what is kept already stays as it is
#   rollback.sh folder FOLDER FILE...      the same, but only owner and mode of folders
#   rollback.sh service FOLDER NAME...     how services stand
#   rollback.sh packages FOLDER            which packages are installed
#   rollback.sh network FOLDER             the packet filter as it is in the kernel
#   rollback.sh sysctl FOLDER KEY...       kernel settings
#   rollback.sh begun FOLDER LINE...       note what is about to be done
#   rollback.sh restore FOLDER             put everything back
#   rollback.sh arm FOLDER SECONDS         put everything back by itself after a time ...
#   rollback.sh disarm FOLDER              ... unless this comes before; fails when it came too late
#   rollback.sh settle FOLDER              end what runs before this one have left armed
#
# The manifest has a line an entry: number, what it is, its name.  An entry is written after what it names
# is safe on the disk, so that a run that is killed at any moment has a manifest that is true.
set -u
what=$1 folder=$2
shift 2
manifest=$folder/manifest
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

entry() { # entry KIND NAME
    printf '%s\t%s\t%s\n' "$number" "$1" "$2" >>"$manifest" && sync "$manifest"
}

known() { # known KIND NAME
    [ -f "$manifest" ] && awk -F '\t' -v kind="$1" -v name="$2" \
        '($2 == kind || kind == "*") && $3 == name { found = 1 } END { exit !found }' "$manifest"
}

keep() {
    if [ -e "$1" ] || [ -L "$1" ]; then
        rm -rf "$folder/files/$number"
        cp -a -- "$1" "$folder/files/$number" || return
        [ -f "$folder/files/$number" ] && sync "$folder/files/$number"
        entry file "$1"
    else
        # A folder that will be made on the way goes as well, once it is empty again.
        above=${1%/*}
        [ -z "$above" ] || [ -e "$above" ] || known '*' "$above" || { keep "$above" && number=$((number + 1)); }
        entry absent "$1"
    fi
}

keep_folder() {
    [ -d "$1" ] || { keep "$1"; return; }
    mkdir -p "$folder/files/$number"
    chmod --reference="$1" "$folder/files/$number" && chown --reference="$1" "$folder/files/$number" &&
        entry folder "$1"
}

keep_service() {
    entry "service:$(systemctl is-enabled "$1" 2>/dev/null || :):$(systemctl is-active "$1" 2>/dev/null || :)" "$1"
}

keep_packages() {
    dpkg-query -W -f '${Package}:${Architecture}\t${Version}\t${db:Status-Status}\n' >"$folder/packages.part" &&
        sync "$folder/packages.part" && mv "$folder/packages.part" "$folder/packages"
}

put_back() { # put_back NUMBER NAME
    beside=${2%/*}/.${2##*/}.yiwang-unfinished
    rm -rf -- "$beside"
    mkdir -p -- "${2%/*}"
    cp -a -- "$folder/files/$1" "$beside" || return
    if [ -d "$2" ] && [ ! -L "$2" ]; then rm -rf -- "$2"; fi
    mv -fT -- "$beside" "$2"
}

put_back_service() { # put_back_service STATE NAME
    enabled=${1#service:}
    active=${enabled#*:} enabled=${enabled%%:*}
    case $enabled in
    enabled) systemctl enable --quiet "$2" ;;
    disabled) systemctl disable --quiet "$2" ;;
    masked) systemctl mask --quiet "$2" ;;
    esac
    case $active in
    active) systemctl try-reload-or-restart "$2" 2>/dev/null; systemctl start "$2" ;;
    inactive | failed) systemctl stop "$2" ;;
    esac
}

put_back_packages() {
    now=$folder/packages.now
    dpkg-query -W -f '${Package}:${Architecture}\t${Version}\t${db:Status-Status}\n' >"$now" || return
    export DEBIAN_FRONTEND=noninteractive
    new=$(awk -F '\t' 'NR == FNR { if ($3 == "installed") had[$1]; next }
        $3 == "installed" && !($1 in had) { print $1 }' "$folder/packages" "$now")
    [ -z "$new" ] || apt-get purge -y -q $new >&2 || echo "cannot packages $new"
    old=$(awk -F '\t' 'NR == FNR { if ($3 == "installed") has[$1] = $2; next }
        $3 == "installed" && has[$1] != $2 { print $1 "=" $2 }' "$now" "$folder/packages")
    for each in $old; do
        apt-get install -y -q --allow-downgrades "$each" >&2 || echo "cannot package $each"
    done
}

restore() {
    : >>"$manifest"
    [ ! -f "$folder/packages" ] || put_back_packages
    tab=$(printf '\t')
    # The last comes first: a folder is removed after what was put into it.
    sed '1!G;h;$!d' "$manifest" | while IFS=$tab read -r number kind name; do
        case $kind in
        file) put_back "$number" "$name" ;;
        folder) chmod --reference="$folder/files/$number" "$name" && chown --reference="$folder/files/$number" "$name" ;;
        absent) if [ -d "$name" ] && [ ! -L "$name" ]; then rmdir -- "$name"; else rm -f -- "$name"; fi ;;
        service:*) continue ;;
        esac && echo "restored $name" || echo "cannot $kind $name"
    done
    grep -q "${tab}/etc/systemd/\|${tab}/lib/systemd/\|${tab}/usr/lib/systemd/" "$manifest" && systemctl daemon-reload
    if [ -s "$folder/nftables" ]; then
        nft -f "$folder/nftables" && echo "restored nftables" || echo "cannot nftables"
    fi
    [ ! -s "$folder/sysctl" ] || sysctl -q -p "$folder/sysctl" || :
    grep "${tab}service:" "$manifest" | while IFS=$tab read -r number kind name; do
        put_back_service "$kind" "$name" && echo "restored $name" || echo "cannot service $name"
    done
    if grep -q "${tab}/etc/ssh/" "$manifest"; then
        systemctl try-reload-or-restart ssh sshd 2>/dev/null
    fi
    : >"$folder/restored"
}

arm() {
    disarm >/dev/null
    rm -f "$folder/fired" "$folder/restored"
    : >"$folder/armed"
    if [ -d /run/systemd/system ]; then
        systemctl reset-failed "yiwang-${folder##*/}.service" 2>/dev/null
        systemd-run --quiet --collect --unit="yiwang-${folder##*/}" --on-active="$1" \
            --timer-property=AccuracySec=1s /bin/sh "$folder/rollback.sh" fire "$folder"
    else
        setsid sh -c "sleep $1; exec sh '$folder/rollback.sh' fire '$folder'" </dev/null >/dev/null 2>&1 &
    fi
}

# Whoever renames the file first decides; a rename happens once.
disarm() {
    if mv "$folder/armed" "$folder/disarmed" 2>/dev/null; then
        [ ! -d /run/systemd/system ] || systemctl stop --quiet "yiwang-${folder##*/}.timer" 2>/dev/null || :
    else
        [ ! -e "$folder/fired" ]
    fi
}

fire() {
    mv "$folder/armed" "$folder/fired" 2>/dev/null && restore >"$folder/restore.log" 2>&1
}

settle() {
    for each in "${folder%/*}"/*/; do
        folder=${each%/}
        disarm || until [ -e "$folder/restored" ]; do sleep 1; done
    done
}

case $what in
restore) restore; exit ;;
arm) arm "$1"; exit ;;
disarm) disarm; exit ;;
fire) fire; exit ;;
settle) settle; exit ;;
esac

mkdir -p "$folder/files"
: >>"$manifest"
# The next number, also when a run that was killed goes on.
number=1
[ ! -s "$manifest" ] || number=$(($(tail -n 1 "$manifest" | cut -f 1) + 1))
failed=0
case $what in
keep) for each in "$@"; do known '*' "$each" || keep "$each" || failed=1; number=$((number + 1)); done ;;
folder) for each in "$@"; do known '*' "$each" || keep_folder "$each" || failed=1; number=$((number + 1)); done ;;
service) for each in "$@"; do
    awk -F '\t' -v name="$each" '$2 ~ /^service:/ && $3 == name { f = 1 } END { exit !f }' "$manifest" 2>/dev/null ||
        keep_service "$each" || failed=1
    number=$((number + 1))
done ;;
packages) [ -f "$folder/packages" ] || keep_packages || failed=1 ;;
network)
    [ -e "$folder/nftables" ] || ! command -v nft >/dev/null ||
        { { echo "flush ruleset"; nft -s list ruleset; } >"$folder/nftables.part" && mv "$folder/nftables.part" "$folder/nftables"; }
    ;;
sysctl) for each in "$@"; do
    grep -q "^$each = " "$folder/sysctl" 2>/dev/null || sysctl "$each" >>"$folder/sysctl" 2>/dev/null || :
done ;;
begun) for each in "$@"; do printf '%s\n' "$each" >>"$folder/begun"; done ;;
esac
exit $failed
