#!/bin/sh
# keep-logs FOLDER DAYS PERCENT: compress finished days, drop what is older than DAYS, tell when the disk fills.
# Written by Yiwang.
set -eu
folder=$1 days=$2 percent=$3
legal_days=180
today=$(date +%F)

# File names are dates; their times change when they are compressed.
older_than() {
    limit=$(date -d "$1 days ago" +%F)
    find "$folder" -mindepth 2 -maxdepth 2 -type f -name '????-??-??.log*' | while read -r file; do
        name=${file##*/}
        if [ "$(printf '%s\n' "${name%%.*}" "$limit" | sort | head -n 1)" = "${name%%.*}" ] && [ "${name%%.*}" != "$limit" ]; then
            printf '%s\n' "$file"
        fi
    done
}
used_percent() { df --output=pcent "$folder" | tail -n 1 | tr -dc 0-9; }

# What is compressed stays when more comes to it: pieces may follow each other in one file.
find "$folder" -mindepth 2 -maxdepth 2 -type f -name '????-??-??.log' ! -name "$today.log" -mmin +60 |
    while read -r file; do zstd -qc "$file" >>"$file.zst" && rm -f "$file"; done
older_than "$days" | xargs -r -d '\n' rm -f --
if [ "$(used_percent)" -gt "$percent" ]; then
    older_than "$legal_days" | xargs -r -d '\n' rm -f --
fi
find "$folder" -mindepth 1 -maxdepth 1 -type d -empty -delete
if [ "$(used_percent)" -gt "$percent" ]; then
    logger -p daemon.crit -t yiwang "the disk of the logs is $(used_percent) % full and nothing in it is old enough to go"
    exit 1
fi
