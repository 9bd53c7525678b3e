# The runner's image. Not built on the machine where it was written, which had no Docker engine: docs/compose.md.
FROM maven:3.9.11-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    mvn -q -B -pl runner-plugin -am -DskipTests -Dcyclonedx.skip=true package \
    && cp runner-plugin/target/runner-plugin-*-app.jar /app.jar \
    && java -Djarmode=tools -jar /app.jar extract --destination /extracted

FROM eclipse-temurin:25.0.3_9-jre-noble
# The user and group that APISIX's official image runs as: exactly they can then use the socket.
RUN groupadd --system --gid 636 apisix \
    && useradd --system --uid 636 --gid 636 --no-create-home --shell /usr/sbin/nologin apisix \
    && install -d -o 636 -g 636 -m 0750 /run/secret-providers \
    && install -d -o 636 -g 636 -m 0700 /var/lib/secret-providers \
    && install -d /etc/secret-providers /opt/secret-providers/plugins
# app.jar and the jars it needs, in lib: found faster there than inside one jar.
COPY --from=build /extracted /opt/secret-providers
WORKDIR /opt/secret-providers
USER 636:636
# Nothing is written but the socket, /var/lib/secret-providers (runner.data-dir) and /tmp, where native libraries are unpacked: with a read-only root file system,
# mount a tmpfs with "exec" there.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=60", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-jar", "/opt/secret-providers/app.jar"]
CMD ["--config", "/etc/secret-providers/application.yaml", "--socket", "/run/secret-providers/runner.sock"]
