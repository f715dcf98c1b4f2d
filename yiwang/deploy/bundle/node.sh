# What is done on a mirror node, as root.  $1 says what, $2 is the folder that is served, $3 the digest of the
# bundle that is meant.  Every word may be given again after it was interrupted anywhere.
set -eu
umask 022
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
live=$2 meant=$3
coming=$live.next-$meant before=$live.before
sums=SHA256SUMS

digest() { if [ -f "$1/$sums" ]; then sha256sum "$1/$sums" | cut -d ' ' -f 1; fi; }

# Two folders change places at once, so that there is never none.  No program of Debian 12 does that, but
# perl, which no Debian is without, can ask the kernel: renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE).
# The call's number is 276 on every younger architecture.
exchange() {
    perl -e 'my ($one, $other, $machine) = @ARGV;
        my $number = {x86_64 => 316, i686 => 353, armv7l => 382, ppc64le => 357, s390x => 347}->{$machine} // 276;
        exit 0 if syscall($number, -100, $one, -100, $other, 2) == 0;
        print STDERR "$one and $other cannot change places: $!\n";
        exit 1' "$1" "$2" "$(uname -m)"
}

# After an exchange the old packages lie where the new ones were.
keep_before() {
    if [ "$(digest "$live")" = "$meant" ] && [ -d "$coming" ]; then
        rm -rf "$before"
        # An empty folder is nothing to go back to.
        rmdir "$coming" 2>/dev/null || mv -T "$coming" "$before"
    fi
}

case $1 in
look)
    # What is served, what room there is, and what has come so far.
    mkdir -p "$live"
    keep_before
    echo "$(digest "$live")"
    df -Pm "$live" | awk 'NR == 2 { print $4 }'
    if [ -d "$coming" ]; then cd "$coming" && find . -type f -printf '%s %P\n'; fi
    ;;
reuse)
    # Files that are served already and still are what they were: the same file gets a second name.
    mkdir -p "$coming"
    while read -r sum path; do
        [ "$(sha256sum <"$live/$path" | cut -c -64)" = "$sum" ] || continue
        mkdir -p "$coming/$(dirname "$path")"
        ln -f "$live/$path" "$coming/$path" 2>/dev/null || cp -f "$live/$path" "$coming/$path"
    done
    ;;
unpack)
    mkdir -p "$coming"
    tar -x -f - -C "$coming" --no-same-owner --no-same-permissions
    ;;
append)
    # $4 is the path, $5 how much of it is there.
    mkdir -p "$coming/$(dirname "$4")"
    touch "$coming/$4"
    truncate -s "$5" "$coming/$4"
    cat >>"$coming/$4"
    ;;
verify)
    # The key comes on standard input.  What does not fit is removed, so that the next attempt brings it anew.
    cd "$coming"
    key=$(mktemp)
    trap 'rm -f "$key"' EXIT
    cat >"$key"
    gpgv -q --homedir / --keyring "$key" "$sums.sig" "$sums" 2>&1 || { rm -f "$sums" "$sums.sig"; exit 3; }
    bad=$(sha256sum --strict --quiet -c "$sums" 2>/dev/null | sed -n 's/: FAILED.*$//p') || true
    if [ -n "$bad" ]; then
        printf '%s\n' "$bad" | while IFS= read -r path; do rm -f "./$path"; done
        printf '%s\n' "$bad" | sed -n '1s/$/: not what was signed/p' >&2
        exit 4
    fi
    # Nothing is served that was not signed for.
    cut -c 67- "$sums" | sort >"$key"
    find . -type f ! -path "./$sums" ! -path "./$sums.sig" -printf '%P\n' | sort | comm -23 - "$key" |
        while IFS= read -r path; do rm -f "./$path"; done
    sync -f .
    ;;
switch)
    if [ "$(digest "$live")" != "$meant" ]; then exchange "$coming" "$live"; fi
    keep_before
    for other in "$live".next-*; do
        if [ -e "$other" ]; then rm -rf "$other"; fi
    done
    ;;
rollback)
    [ -d "$before" ] || exit 5
    exchange "$before" "$live"
    digest "$live"
    ;;
own)
    # The mirror node installs from its own folder; its other package sources are left alone.
    apt-get -q update --error-on=any -o Dir::Etc::sourcelist="$4" -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none 2>&1
    ;;
esac
