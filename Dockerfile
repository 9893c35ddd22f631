# syntax=docker/dockerfile:1
# One recipe, one small image for each app: docker build --build-arg APP=gateway -t portico-gateway .

# The manifests alone, so that a change of code does not install the packages again.
FROM node:24-slim AS manifests
WORKDIR /portico
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
  && find . -type d -empty -delete

FROM node:24-slim AS dependencies
ARG APP
RUN test -n "$APP" || { echo "say which app: --build-arg APP=gateway" >&2; exit 1; }
WORKDIR /portico
COPY --from=manifests /portico ./
# Optional packages are the project's own Node, which the image has, and native codecs that fall back to JavaScript.
# What a lib needs for its own tests would come along too: npm leaves out only the root's.
RUN npm pkg delete devDependencies --workspaces \
  && npm ci --omit=dev --omit=optional --ignore-scripts --workspace "apps/$APP" \
  && find apps -mindepth 1 -maxdepth 1 ! -name "$APP" -exec rm -r {} +

# What the gateway reads of every app: descriptors are data, and dialects import libs/envelope alone.
FROM node:24-slim AS descriptors
WORKDIR /portico
COPY apps apps
RUN find apps -type f ! -regex 'apps/[^/]*/\(service\|dialect\)\.ts' -delete \
  && find apps -type d -empty -delete

# The operators' page, for the gateway alone. Its bundler's native code comes as an optional package.
FROM node:24-slim AS console
ARG APP
WORKDIR /portico
COPY --from=manifests /portico ./
RUN mkdir -p apps/console/dist \
  && if [ "$APP" = gateway ]; then npm ci --ignore-scripts --workspace apps/console; fi
COPY apps/console apps/console
RUN if [ "$APP" = gateway ]; then node apps/console/build.ts; fi

FROM node:24-slim
ARG APP
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="portico-$APP" \
  org.opencontainers.image.description="One front door to four independent backend services: $APP" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080 \
  OPERATIONS_HOST=0.0.0.0 \
  OPERATIONS_PORT=9090 \
  DATA_DIR=/data
COPY --from=dependencies /portico /portico
COPY libs /portico/libs
COPY --from=descriptors /portico/apps /portico/apps
COPY --from=console /portico/apps/console/dist /portico/apps/console/dist
COPY apps/$APP /portico/apps/$APP
# All that is written: the root may be read-only.
RUN install --directory --owner=node --group=node /data
USER 1000:1000
WORKDIR /portico/apps/$APP
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPERATIONS_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and gets the signals: no shell, no npm between.
CMD ["node", "src/main.ts"]
