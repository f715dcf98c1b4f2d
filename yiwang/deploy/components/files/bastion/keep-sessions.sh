#!/bin/sh
# keep-sessions FOLDER DAYS: drop recordings that are older.  Written by Yiwang.
set -eu
find "$1" -mindepth 2 -maxdepth 2 -type d -mtime "+$2" -exec rm -rf -- {} +
