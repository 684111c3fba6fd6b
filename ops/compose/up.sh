#!/bin/sh
# Builds the images and brings the production install up, in one command:
#   PUBLIC_URL=https://verdict.example.com ADMIN_EMAIL=you@example.com ops/compose/up.sh
# Secrets that are not in ./secrets yet are made; put a certificate of your own there as tls_certificate and tls_key, otherwise
# one is made that no browser trusts. Arguments go to `docker compose up`, such as --scale worker=2. May run any number of times.
# Needs docker with compose, and openssl. COMPOSE_PROJECT_NAME, HTTPS_PORT, HTTP_PORT, EDGE_PREFIX and SECRETS set it apart from another
# install on the same machine.
set -eu
cd "$(dirname "$0")/../.."
: "${PUBLIC_URL:?set PUBLIC_URL to the address people open, such as https://verdict.example.com}"
: "${ADMIN_EMAIL:?set ADMIN_EMAIL to the address of the first owner}"
export PUBLIC_URL="${PUBLIC_URL%/}"
secrets=${SECRETS:-./secrets}

# Files that any user may read, in a folder that nobody else may enter: containers get the files and not the folder.
(umask 077 && mkdir -p "$secrets")
make() {
  if [ ! -s "$secrets/$1" ]; then
    printf '%s\n' "$2" > "$secrets/$1"
    chmod 644 "$secrets/$1"
    echo "Made $secrets/$1"
  fi
}
make database_owner_password "$(openssl rand -hex 24)"
make database_application_password "$(openssl rand -hex 24)"
make secret_key "$(openssl rand -hex 32)"
make admin_password "$(openssl rand -hex 12)"
owner=$(cat "$secrets/database_owner_password")
application=$(cat "$secrets/database_application_password")
make database_owner_url "postgres://verdict_owner:$owner@postgres:5432/verdict"
make database_url "postgres://verdict_app:$application@postgres:5432/verdict"
make database_socket_url "postgres://verdict_app:$application@localhost/verdict?host=/var/run/postgresql"
if [ ! -s "$secrets/tls_certificate" ]; then
  host=${PUBLIC_URL#*://}
  host=${host%%[:/]*}
  case $host in *[!0-9.]*) name=DNS:$host ;; *) name=IP:$host ;; esac
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$host" -addext "subjectAltName=$name" \
    -keyout "$secrets/tls_key" -out "$secrets/tls_certificate" 2>/dev/null
  chmod 644 "$secrets/tls_key" "$secrets/tls_certificate"
  echo "Made a certificate for $host that no browser trusts: put yours in its place ($secrets/tls_certificate, $secrets/tls_key)"
fi

if [ -n "${OIDC_ISSUER:-}" ] && [ ! -s "$secrets/oidc_client_secret" ]; then
  echo "OIDC_ISSUER is set: put the secret that the provider has given you into $secrets/oidc_client_secret" >&2
  exit 1
fi

compose() { docker compose --file compose.production.yaml ${OIDC_ISSUER:+--file compose.sign-on.yaml} "$@"; }
if [ -z "${SKIP_BUILD:-}" ]; then compose build migrate api-1 worker; fi
if ! compose up --detach --wait --no-build "$@"; then
  compose ps --all >&2
  compose logs --tail 20 >&2
  exit 1
fi
echo "Verdict is up at $PUBLIC_URL; the first owner is $ADMIN_EMAIL, the password is in $secrets/admin_password"
