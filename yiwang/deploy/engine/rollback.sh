#!/bin/sh
# Keeps what a run is about to change on this node, and puts it back.  Sent by the controller and kept in
# the run's own folder, so that the node can put things back by itself when nobody can reach it any more.
#
#   rollback.sh begun FOLDER LINE...       note what is about to be done
#   rollback.sh keep FOLDER FILE...        before the files are changed; what is kept already stays as it is
#   rollback.sh folder FOLDER FILE...      the same, but only owner and mode of folders
#   rollback.sh service FOLDER NAME...     how services stand
#   rollback.sh packages FOLDER            which packages are installed
#   rollback.sh installed FOLDER           which packages are installed when all is done
#   rollback.sh network FOLDER             the packet filter as it is in the kernel
#   rollback.sh sysctl FOLDER KEY...       kernel settings
#   rollback.sh restore FOLDER             put everything back
#   rollback.sh arm FOLDER SECONDS         put everything back by itself after a time ...
#   rollback.sh disarm FOLDER              ... unless this comes before; fails when it came too late
#   rollback.sh settle FOLDER              end what runs before this one have left armed
#
# The manifest has a line an entry: what it is, and its name.  An entry is written after what it names is
# safe on the disk, so that a run that is killed at any moment has a manifest that is true.
set -u
tab=$(printf '\t')
newline='
'
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

begin() {
    [ -z "${known-}" ] || return 0
    mkdir -p "$folder/files"
    : >>"$manifest"
    known=$newline$(cut -f 2 "$manifest")$newline
}

is_known() {
    case $known in *"$newline$1$newline"*) return 0 ;; esac
    return 1
}

note() { # note KIND NAME
    known=$known$2$newline
    notes=$notes$1$tab$2$newline
}

write_notes() {
    [ -z "$notes" ] || { printf '%s' "$notes" >>"$manifest" && sync "$manifest"; }
}

note_absent() {
    # A folder that will be made on the way goes as well, once it is empty again.
    above=${1%/*}
    if [ -n "$above" ] && [ ! -e "$above" ] && ! is_known "$above"; then note_absent "$above"; fi
    note absent "$1"
}

keep() {
    there=
    notes=
    for each in "$@"; do
        is_known "$each" && continue
        if [ -e "$each" ] || [ -L "$each" ]; then
            there=$there$each$newline
            note file "$each"
        else
            note_absent "$each"
        fi
    done
    if [ -n "$there" ]; then
        # With --parents it looks for the folders from where it stands.
        printf '%s' "$there" | (cd / && xargs -d '\n' cp -a --parents -t "$folder/files" --) || return
        find "$folder/files" -type f -cnewer "$manifest" -exec sync {} +
    fi
    write_notes
}

keep_folders() {
    notes=
    for each in "$@"; do
        is_known "$each" && continue
        if [ -d "$each" ]; then note "folder:$(stat -Lc '%u:%g:%a' "$each")" "$each"; else note_absent "$each"; fi
    done
    write_notes
}

keep_services() {
    notes=
    for each in "$@"; do
        is_known "$each" ||
            note "service:$(systemctl is-enabled "$each" 2>/dev/null):$(systemctl is-active "$each" 2>/dev/null)" "$each"
    done
    write_notes
}

list_packages() { # list_packages FILE
    dpkg-query -W -f '${Package}:${Architecture}\t${Version}\t${db:Status-Status}\n' >"$1.part" &&
        sync "$1.part" && mv "$1.part" "$1"
}

keep_packages() {
    [ -f "$folder/packages" ] || list_packages "$folder/packages"
}

keep_network() {
    [ ! -e "$folder/nftables" ] && command -v nft >/dev/null || return 0
    { echo "flush ruleset"; nft -s list ruleset; } >"$folder/nftables.part" &&
        mv "$folder/nftables.part" "$folder/nftables"
}

keep_settings() {
    for each in "$@"; do
        grep -q "^$each = " "$folder/sysctl" 2>/dev/null || sysctl "$each" >>"$folder/sysctl" 2>/dev/null || :
    done
}

put_back() {
    beside=${1%/*}/.${1##*/}.yiwang-unfinished
    rm -rf -- "$beside"
    mkdir -p -- "${1%/*}"
    cp -a -- "$folder/files$1" "$beside" || return
    if [ -d "$1" ] && [ ! -L "$1" ]; then rm -rf -- "$1"; fi
    mv -fT -- "$beside" "$1"
}

put_back_folder() { # put_back_folder UID:GID:MODE NAME
    chown "${1%:*}" "$2" && chmod "${1##*:}" "$2"
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
    # What came after the run stays, unless it was ended before it could say what there was then.
    now=$folder/packages.now
    [ -f "$now" ] || list_packages "$now" || return
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
    # The last comes first: a folder is removed after what was put into it.
    sed '1!G;h;$!d' "$manifest" | while IFS=$tab read -r kind name; do
        case $kind in
        file) put_back "$name" ;;
        folder:*) put_back_folder "${kind#folder:}" "$name" ;;
        absent) if [ -d "$name" ] && [ ! -L "$name" ]; then rmdir -- "$name"; else rm -f -- "$name"; fi ;;
        service:*) continue ;;
        esac && echo "restored $name" || echo "cannot $kind $name"
    done
    grep -q "${tab}/etc/systemd/\|${tab}/lib/systemd/\|${tab}/usr/lib/systemd/" "$manifest" && systemctl daemon-reload
    if [ -s "$folder/nftables" ]; then
        nft -f "$folder/nftables" && echo "restored nftables" || echo "cannot nftables"
    fi
    [ ! -s "$folder/sysctl" ] || sysctl -q -p "$folder/sysctl" || :
    grep "^service:" "$manifest" | while IFS=$tab read -r kind name; do
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
        folder=${each%/} manifest=${each%/}/manifest
        disarm && continue
        # It is putting itself back just now, or was switched off while it did.
        for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            [ -e "$folder/restored" ] && break
            sleep 1
        done
        [ -e "$folder/restored" ] || restore >>"$folder/restore.log" 2>&1
    done
    # Names of runs hold no blanks; the newest stay.
    ls -1dt "${folder%/*}"/*/ | tail -n +31 | xargs -r rm -rf --
}

do_one() {
    what=$1 folder=$2 manifest=$2/manifest
    shift 2
    case $what in
    restore | arm | disarm | fire | settle) "$what" "$@" ;;
    *)
        begin
        case $what in
        begun) printf '%s\n' "$@" >>"$folder/begun" ;;
        keep) keep "$@" ;;
        folder) keep_folders "$@" ;;
        service) keep_services "$@" ;;
        packages) keep_packages ;;
        installed) list_packages "$folder/packages.now" ;;
        network) keep_network ;;
        sysctl) keep_settings "$@" ;;
        esac
        ;;
    esac
}

# Without words it is only read, to do several things in one go.
[ $# -eq 0 ] || do_one "$@"
