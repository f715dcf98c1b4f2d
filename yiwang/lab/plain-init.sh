#!/bin/sh
# Number 1 of a host where systemd cannot be: enters the root file system and starts its services.
# Called by the lab as: plain-init ROOT HOSTNAME, in namespaces of its own.
set -e
if [ "$1" != inside ]; then
    root=$1 name=$2
    hostname "$name"
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    # Only the settings of the network are the host's own; all others are this machine's.
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
    chmod 1777 "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    cd "$root"
    exec setpriv --bounding-set -sys_module,-sys_time,-sys_boot,-sys_rawio,-syslog,-audit_control,-mknod \
        chroot . /bin/sh /usr/lib/yiwang/plain-init inside
fi
mkdir -p /run/sshd /run/lock
cat /etc/sysctl.d/*-router.conf 2>/dev/null | sysctl -q -p - || true
trap 'exit 0' TERM
while read -r service; do
    [ -x "/etc/init.d/$service" ] && "/etc/init.d/$service" start || echo "plain-init: $service did not start"
done </etc/yiwang/services
[ ! -x /etc/yiwang/setup ] || /etc/yiwang/setup || echo "plain-init: the host was not set up"
# Number 1 takes in orphans; a shell that waits does so.
while :; do sleep 3600 & wait $!; done
