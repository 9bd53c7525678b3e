package dev.secretproviders.gateway.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.RouteConf;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads routes from YAML or JSON, in APISIX's notation.
 *
 * <pre>{@code
 * routes:
 *   - id: orders
 *     uri: /orders/*
 *     upstream: http://127.0.0.1:1980
 *     plugins:
 *       ext-plugin-pre-req:
 *         allow_degradation: false
 *         conf:
 *           - name: secret-key-auth
 *             value: '{}'
 * }</pre>
 */
public final class RouteFile {
    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private RouteFile() {}

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException if it cannot be read or a field is wrong; the message names file and field
     */
    public static List<Route> read(Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("cannot use the routes in " + file + ": no readable file");
        }
        try {
            List<RouteEntry> routes = MAPPER.readValue(file, Content.class).routes();
            if (routes == null || routes.isEmpty()) {
                throw new IllegalArgumentException("routes: at least one route is needed");
            }
            return routes.stream().map(RouteEntry::toRoute).toList();
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IllegalArgumentException("cannot use the routes in " + file + ": " + e.getMessage(), e);
        }
    }

    private record Content(@Nullable List<RouteEntry> routes) {}

    private record RouteEntry(
            @Nullable String id,
            @Nullable String uri,
            @Nullable URI upstream,
            @Nullable Plugins plugins) {
        Route toRoute() {
            String name = required(id, "id of a route");
            Route route = Route.of(name, required(uri, name + ": uri"), required(upstream, name + ": upstream"));
            if (plugins != null && plugins.preReq() != null) {
                route = route.withPreReq(plugins.preReq().toConf(name));
            }
            if (plugins != null && plugins.postResp() != null) {
                route = route.withPostResp(plugins.postResp().toConf(name));
            }
            return route;
        }
    }

    private record Plugins(
            @JsonProperty("ext-plugin-pre-req") @Nullable ExtPlugin preReq,
            @JsonProperty("ext-plugin-post-resp") @Nullable ExtPlugin postResp) {}

    private record ExtPlugin(
            @Nullable List<NameAndValue> conf,
            @JsonProperty("allow_degradation") @Nullable Boolean allowDegradation) {
        RouteConf toConf(String id) {
            List<Entry> entries = required(conf, id + ": conf").stream()
                    .map(entry -> Entry.of(
                            required(entry.name(), id + ": name in conf"),
                            required(entry.value(), id + ": value in conf")))
                    .toList();
            return new RouteConf(id, 1, entries, Boolean.TRUE.equals(allowDegradation));
        }
    }

    private record NameAndValue(
            @Nullable String name, @Nullable String value) {}

    private static <T> T required(@Nullable T value, String what) {
        if (value == null) {
            throw new IllegalArgumentException(what + " is missing");
        }
        return value;
    }
}
