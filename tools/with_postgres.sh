#!/bin/bash
# Runs a command beside a private PostgreSQL 15 cluster (a new one each time, in a temporary folder, on a Unix socket only)
# and stops it afterwards.  The command finds it in SANJAL_TEST_POSTGRES.
set -euo pipefail
bin=/usr/lib/postgresql/15/bin
folder=$(mktemp -d /tmp/sanjal-pg.XXXXXX)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown postgres:postgres "$folder"
finish() { as "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap finish EXIT
cd "$folder"
as "$bin/initdb" -D "$folder/data" -A trust -U sanjal --locale=C.UTF-8 --encoding=UTF8 >/dev/null
as "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" -o "-c listen_addresses='' -c unix_socket_directories=$folder -c max_connections=60" start
as "$bin/createdb" -h "$folder" -U sanjal sanjal
cd - >/dev/null
SANJAL_TEST_POSTGRES="host=$folder user=sanjal dbname=sanjal" "$@"
