#!/bin/sh
# probe-platform URL…: ask each address once; the outcome goes to the log and, where there is one, to the node exporter.
# Written by Yiwang.
set -u
folder=/var/lib/prometheus/node-exporter
failed=0
metrics=
for url in "$@"; do
    # Whoever answers has been reached: certificates and logins are the platform's own matter.
    if seconds=$(curl -sk -o /dev/null -m 10 -w '%{time_total}' "$url"); then up=1; else up=0 failed=1; fi
    echo "$url up=$up seconds=$seconds"
    metrics="${metrics}yiwang_platform_up{url=\"$url\"} $up
yiwang_platform_seconds{url=\"$url\"} $seconds
"
done
if [ -d "$folder" ]; then
    printf '%s' "$metrics" >"$folder/yiwang-platform.prom.new" && mv "$folder/yiwang-platform.prom.new" "$folder/yiwang-platform.prom"
fi
exit "$failed"
