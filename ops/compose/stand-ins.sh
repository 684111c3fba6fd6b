#!/bin/sh
# Images of PostgreSQL, Redis and nginx made of Debian's packages, for where no registry of images is within reach. It needs
# debian:bookworm-slim (or BASE_IMAGE). What it prints are the variables that the compose files take:
#   eval "$(ops/compose/stand-ins.sh)"
set -eu
cd "$(dirname "$0")/stand-ins"
for name in postgres redis nginx; do
  docker build --network "${BUILD_NETWORK:-default}" --build-arg BASE_IMAGE="${BASE_IMAGE:-debian:bookworm-slim}" \
    --file "$name.Dockerfile" --tag "verdict-stand-in-$name" . >&2
done
echo "export POSTGRES_IMAGE=verdict-stand-in-postgres REDIS_IMAGE=verdict-stand-in-redis NGINX_IMAGE=verdict-stand-in-nginx"
