#!/bin/sh
# Run once by the PostgreSQL image when the data folder is new: the role under which Verdict works, which owns nothing.
set -eu
password=verdict
if [ -n "${APPLICATION_PASSWORD_FILE:-}" ]; then password=$(cat "$APPLICATION_PASSWORD_FILE"); fi
psql --set ON_ERROR_STOP=1 --set password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role verdict_app login nosuperuser nobypassrls password :'password';
SQL
