package dev.secretproviders.gateway.server;

import dev.secretproviders.gateway.RouteConf;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A route of the gateway.
 *
 * @param id the route's id
 * @param uri a path, or a prefix with a final {@code *}, as in APISIX
 * @param upstream scheme, host and port of the upstream
 * @param preReq the configuration of ext-plugin-pre-req; null if the route has none
 * @param postResp the configuration of ext-plugin-post-resp; null if the route has none
 */
public record Route(
        String id,
        String uri,
        URI upstream,
        @Nullable RouteConf preReq,
        @Nullable RouteConf postResp) {

    /** Checks that the upstream can be called. */
    public Route {
        if (!"http".equals(upstream.getScheme()) || upstream.getHost() == null) {
            throw new IllegalArgumentException(
                    "route " + id + ": upstream must look like http://127.0.0.1:1980, not " + upstream);
        }
        if (!uri.startsWith("/")) {
            throw new IllegalArgumentException("route " + id + ": uri must start with a slash, not " + uri);
        }
    }

    /** Returns a route without plugins. */
    public static Route of(String id, String uri, URI upstream) {
        return new Route(id, uri, upstream, null, null);
    }

    /** Returns the same route with ext-plugin-pre-req. */
    public Route withPreReq(RouteConf conf) {
        return new Route(id, uri, upstream, conf, postResp);
    }

    /** Returns the same route with ext-plugin-post-resp. */
    public Route withPostResp(RouteConf conf) {
        return new Route(id, uri, upstream, preReq, conf);
    }

    boolean matches(String path) {
        return uri.endsWith("*") ? path.startsWith(uri.substring(0, uri.length() - 1)) : path.equals(uri);
    }
}
