#!/bin/sh
# Installs packages over an image and keeps what that changes.  Called in mount and process namespaces of
# its own as: layer IMAGE REPOSITORY FOLDER SIZE_MIB PACKAGE...; FOLDER/seed is laid down first, the result
# is FOLDER/root.
set -e
image=$1 repository=$2 folder=$3 size=$4
shift 4
exec 2>&1
mount --make-rprivate /
memory=$folder/memory root=$folder/memory/whole
# In memory dpkg's many flushes cost nothing, and whatever is mounted here is gone with this process.
mount -t tmpfs -o "size=${size}m,mode=755" yiwang-lab "$memory"
mkdir "$memory/upper" "$memory/work" "$root"
cp -a "$folder/seed/." "$memory/upper"
mount -t overlay -o "lowerdir=$image,upperdir=$memory/upper,workdir=$memory/work" yiwang-lab "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 yiwang-lab "$root/run"
mount --rbind /dev "$root/dev"
mkdir -p "$root/srv/yiwang/mirror"
mount --bind -o ro "$repository" "$root/srv/yiwang/mirror"
# Nothing may start while it is only being installed.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
apt="chroot $root apt-get -q -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0"
$apt update
$apt install -y --no-install-recommends "$@"
rm "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
rm -rf "$root"/var/log/apt "$root"/var/log/dpkg.log "$root"/var/log/alternatives.log
rm -f "$root"/etc/ssh/ssh_host_*
# Hosts read the accounts of a layer, whether or not its packages made one.
for file in passwd group shadow; do
    cp -a "$root/etc/$file" "$root/etc/$file.new"
    mv "$root/etc/$file.new" "$root/etc/$file"
done
umount -R "$root"
cp -a "$memory/upper" "$folder/root"
