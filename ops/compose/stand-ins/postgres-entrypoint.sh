#!/bin/sh
# A new data folder is made with the owner, the database and the scripts of /docker-entrypoint-initdb.d; then the server runs.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi
  export PGPASSWORD="$POSTGRES_PASSWORD"
  # shellcheck disable=SC2086 # several arguments
  printf '%s\n' "$POSTGRES_PASSWORD" | initdb --username "$POSTGRES_USER" --pwfile /dev/stdin ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  pg_ctl --pgdata "$PGDATA" --wait --options "-c listen_addresses=''" start
  createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
  for script in /docker-entrypoint-initdb.d/*.sh; do
    if [ -e "$script" ]; then sh "$script"; fi
  done
  pg_ctl --pgdata "$PGDATA" --wait --mode fast stop
  unset PGPASSWORD
fi
exec "$@" -c listen_addresses='*'
