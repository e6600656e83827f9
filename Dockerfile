# Holter's image: a Node 24 base (an argument, so that a hospital can put its own), the compiled program, production packages.
# Build:  docker build -t holter .
# Run:    docker run --read-only --volume holter-data:/data --volume ./config:/etc/holter:ro --publish 127.0.0.1:9715:9715 holter
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Scripts stay off: the only one would fetch a second Node.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY probes probes
COPY config/holter.yaml config/holter.yaml
COPY tests/support/dist.ts tests/support/dist.ts
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production UV_THREADPOOL_SIZE=32
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The one writable place: the store. The root file system can be read-only.
RUN mkdir -p /data /etc/holter && chown 1000:1000 /data
VOLUME /data
USER 1000:1000
EXPOSE 9715
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9715/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No shell: the daemon is process 1 and handles SIGTERM, SIGINT and SIGHUP itself.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--enable-source-maps", "dist/src/cli/main.js"]
CMD ["run", "-c", "/etc/holter", "--data", "/data", "--listen", "0.0.0.0:9715"]
