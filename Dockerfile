# The runner's image. scripts/image builds and tests it, with Docker or podman.
FROM maven:3.9.11-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    mvn -q -B -pl runner-plugin -am -DskipTests package \
    && scripts/package --built --untrained --runtime \
    && mv target/distribution/secret-providers-*/ /opt/secret-providers

FROM debian:13.1-slim
# The user and group of APISIX's official image: only they can use the socket.
RUN groupadd --system --gid 636 apisix \
    && useradd --system --uid 636 --gid 636 --no-create-home --shell /usr/sbin/nologin apisix \
    && install -d -o 636 -g 636 -m 0750 /run/secret-providers \
    && install -d -o 636 -g 636 -m 0700 /var/lib/secret-providers \
    && install -d /etc/secret-providers
COPY --from=build /opt/secret-providers /opt/secret-providers
# In this stage, so that the cache fits the files of this image.
RUN /opt/secret-providers/bin/make-aot-cache
WORKDIR /opt/secret-providers
USER 636:636
ENV SECRET_PROVIDERS_JAVA_OPTS=-XX:MaxRAMPercentage=60
# Java reads variables of the environment in this character set.
ENV LANG=C.UTF-8
# The image has no curl.
HEALTHCHECK --interval=5s --timeout=5s --retries=12 CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9190 && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
# Late, so that a new commit does not make the layers above again.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Secret Providers for Apache APISIX" \
    org.opencontainers.image.description="Authenticates requests for APISIX with keys kept in secret managers" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.base.name="debian:13.1-slim"
# Only the socket, /var/lib/secret-providers (runner.data-dir) and /tmp are written: with a read-only root file system, mount a tmpfs there.
ENTRYPOINT ["/opt/secret-providers/bin/secret-providers"]
CMD ["--config", "/etc/secret-providers/application.yaml", "--socket", "/run/secret-providers/runner.sock"]
