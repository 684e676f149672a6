# Builds every image with TypeScript in it: a target for each service, nginx with the page, and one for the examples.

# The tag is for people, the digest is what is pulled. Others: build arguments, in compose variables of the same names.
ARG NODE_IMAGE=node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df
ARG NGINX_IMAGE=nginx:1.30-alpine@sha256:dc5069ad14f19660b141b21236140b91656bf89bbc3e2417c70ae650cd66104c

# What npm ci reads. Sources come later, so that a change in them reuses the layer of installed packages.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY shared/package.json shared/
COPY client/package.json client/
COPY meow-service/package.json meow-service/
COPY query-service/package.json query-service/
COPY pusher-service/package.json pusher-service/
COPY frontend/package.json frontend/

# The three services share nearly all their packages: one layer holds them, on disk once.
FROM manifests AS service
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts \
    -w @meower/shared -w @meower/meow-service -w @meower/query-service -w @meower/pusher-service
ENV NODE_ENV=production
# Node caches modules here, compiled and without their types. It also starts without the cache, in a read-only container.
ENV NODE_COMPILE_CACHE=/app/node_modules/.cache/meower
RUN mkdir -p "$NODE_COMPILE_CACHE" && chown node "$NODE_COMPILE_CACHE"
COPY postgres/migrations postgres/migrations
# Sources belong to node, because `docker compose watch` removes files as the container's user.
COPY --chown=node shared/src shared/src
USER node
EXPOSE 8080
# Relative to the WORKDIR of each target. Node itself rather than npm, because npm passes no signals on.
CMD ["node", "src/main.ts"]

FROM service AS meow-service
WORKDIR /app/meow-service
COPY --chown=node meow-service/src src
RUN node -e "for (const file of ['config', 'start']) import('./src/' + file + '.ts')"

FROM manifests AS frontend
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts -w @meower/frontend -w @meower/client -w @meower/shared
COPY tsconfig.base.json ./
COPY shared/src shared/src
COPY client/src client/src
COPY docs/*.json docs/
COPY frontend frontend
RUN npm run build -w @meower/frontend

FROM service AS query-service
WORKDIR /app/query-service
# For permalinks: the page with the text of a meow in its title.
COPY --from=frontend /app/frontend/dist/index.html /app/frontend/dist/
COPY --chown=node query-service/src src
RUN node -e "for (const file of ['config', 'start']) import('./src/' + file + '.ts')"

FROM service AS pusher-service
WORKDIR /app/pusher-service
COPY --chown=node pusher-service/src src
RUN node -e "for (const file of ['config', 'start']) import('./src/' + file + '.ts')"
# Sockets live long: a large young generation gains nothing and is never given back (docs/decisions/young-generation-of-the-pusher.md).
CMD ["node", "--max-semi-space-size=8", "src/main.ts"]

# The commands of operators, and the migrations.
FROM service AS ops
COPY --chown=node meow-service/src meow-service/src
COPY --chown=node query-service/src query-service/src
COPY --chown=node ops/src ops/src
ENTRYPOINT ["node", "ops/src/main.ts"]
CMD []

# Cats that post, read, search and listen, for demonstrations.
FROM service AS load
COPY --chown=node bench/src bench/src
WORKDIR /app/bench
RUN node -e "for (const file of ['config', 'standing-load']) import('./src/standing-load/' + file + '.ts')"
CMD ["node", "src/standing-load/main.ts"]

# A system of examples/: `--build-arg EXAMPLE=user-registration`.
FROM manifests AS example
ARG EXAMPLE
COPY brokers/package.json brokers/
COPY examples/$EXAMPLE/package.json examples/$EXAMPLE/
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts -w @meower/shared -w @meower/brokers -w "@meower/$EXAMPLE"
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/node_modules/.cache/meower
RUN mkdir -p "$NODE_COMPILE_CACHE" && chown node "$NODE_COMPILE_CACHE"
# Among them the outbox.
COPY postgres/migrations postgres/migrations
COPY shared/src shared/src
COPY brokers/src brokers/src
COPY examples/$EXAMPLE/src examples/$EXAMPLE/src
USER node
WORKDIR /app/examples/$EXAMPLE
CMD ["node", "src/main.ts"]

# Creates the secrets of docker compose.
FROM ${NODE_IMAGE} AS secrets
WORKDIR /app/secrets
COPY secrets/src src
# A new volume gets this owner.
RUN install -d -o node -g node -m 0700 /secrets
USER node
CMD ["node", "src/main.ts"]

# In front of Elasticsearch.
FROM ${NGINX_IMAGE} AS elasticsearch-proxy
COPY elasticsearch/proxy.conf.template /etc/nginx/templates/
ENV NGINX_ENVSUBST_OUTPUT_DIR=/tmp NGINX_ENVSUBST_FILTER=^ELASTICSEARCH_INDEX ELASTICSEARCH_INDEX=meows
USER nginx
EXPOSE 9200
CMD ["nginx", "-c", "/tmp/proxy.conf", "-g", "daemon off;"]

FROM ${NGINX_IMAGE} AS nginx
RUN rm /etc/nginx/conf.d/default.conf
COPY --from=frontend /app/frontend/dist /usr/share/nginx/html
COPY nginx/nginx.conf /etc/nginx/nginx.conf
COPY nginx/limits.conf.template /etc/nginx/templates/
COPY --chmod=755 nginx/check-settings.sh /docker-entrypoint.d/05-check-settings.sh
COPY --chmod=755 nginx/own-socket.sh /docker-entrypoint.d/10-own-socket.sh
# Where Caddy reaches nginx; in compose a volume. Elsewhere it is in memory, owned by root, with these permissions.
RUN install -d -o nginx -g nginx -m 1777 /run/meower
# The entrypoint writes limits.conf here, which also works in a read-only container.
ENV NGINX_ENTRYPOINT_QUIET_LOGS=1
ENV NGINX_ENVSUBST_OUTPUT_DIR=/tmp NGINX_ENVSUBST_FILTER=^(LIMIT_|PROOF_OF_WORK$|TRUSTED_PROXY)
USER nginx
EXPOSE 8080
