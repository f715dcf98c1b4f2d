# The floor: the same 25 steps as one shell script that only looks, and says "changed" for each that differs.
need() { # need TITLE ACTUAL WANTED
    [ "$2" = "$3" ] || echo "changed $1"
}
owned() { stat -c '%a %U:%G' "$1" 2>/dev/null; }
account() { getent passwd "$1" | cut -d: -f3,4,6,7; }
file() { # file PATH MODE SHA1
    need "$1" "$(sha1sum "$1" 2>/dev/null | cut -d' ' -f1) $(owned "$1")" "$3 $2 root:root"
}
need packages "$(dpkg-query -W -f '${db:Status-Status}\n' openssh-server rsyslog nftables sudo cron 2>/dev/null |
    grep -cx installed)" 5
need netops "$(getent group netops | cut -d: -f3)" 3000
need netadmin "$(account netadmin)" 3001:3000:/home/netadmin:/bin/bash
need auditor "$(account auditor)" 3002:3000:/home/auditor:/bin/bash
need extranet "$(owned /etc/extranet)" "750 root:root"
need rules.d "$(owned /etc/audit/rules.d)" "750 root:root"
file /etc/issue.net 644 @issue.net@
file /etc/audit/rules.d/extranet.rules 640 @audit.rules@
file /etc/modprobe.d/hardening.conf 644 @hardening.conf@
file /etc/profile.d/tmout.sh 644 @tmout.sh@
file /etc/nftables.conf 640 @nftables.conf.j2@
file /etc/extranet/chrony.conf 644 @chrony.conf.j2@
for pair in 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' 'X11Forwarding no' 'MaxAuthTries 3' \
    'ClientAliveInterval 300' 'AllowTcpForwarding no'; do
    grep -qx "$pair" /etc/ssh/sshd_config || echo "changed $pair"
done
for pair in net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.all.send_redirects=0 \
    net.ipv4.tcp_syncookies=1 kernel.kptr_restrict=2; do
    key=${pair%=*} value=${pair#*=}
    need "$key" "$(cat "/proc/sys/$(echo "$key" | tr . /)")" "$value"
    grep -qx "$key = $value" /etc/sysctl.d/90-extranet.conf || echo "changed $key in its file"
done
need shadow "$(owned /etc/shadow)" "640 root:shadow"
need cron "$(systemctl is-active cron) $(systemctl is-enabled cron)" "active enabled"
