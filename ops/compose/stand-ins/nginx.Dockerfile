# Debian's nginx, with the user of the official image and `envsubst`.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}
RUN groupadd --gid 101 nginx && useradd --uid 101 --gid nginx --no-create-home nginx \
  && apt-get update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install --yes --no-install-recommends nginx-light gettext-base wget \
  && rm -rf /var/lib/apt/lists/*
USER 101:101
CMD ["nginx", "-g", "daemon off;"]
