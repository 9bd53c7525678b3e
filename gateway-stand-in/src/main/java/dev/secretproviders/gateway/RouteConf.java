package dev.secretproviders.gateway;

import java.util.ArrayList;
import java.util.List;

/**
 * The configuration of one ext-plugin on one route.
 *
 * @param id the route's id
 * @param version the version of the route's configuration; a change of it makes APISIX prepare again
 * @param conf plugin names with their configuration, in the order in which they run
 * @param allowDegradation whether a request passes, unauthenticated, when the runner fails
 */
public record RouteConf(String id, long version, List<Entry> conf, boolean allowDegradation) {
    /** Copies the list. */
    public RouteConf {
        conf = List.copyOf(conf);
    }

    /** A first version of a route with one plugin, without degradation. */
    public static RouteConf of(String id, String plugin, String value) {
        return new RouteConf(id, 1, List.of(Entry.of(plugin, value)), false);
    }

    /** The same route with another plugin after the others. */
    public RouteConf and(String plugin, String value) {
        List<Entry> more = new ArrayList<>(conf);
        more.add(Entry.of(plugin, value));
        return new RouteConf(id, version, more, allowDegradation);
    }

    /** The same route at another version. */
    public RouteConf withVersion(long newVersion) {
        return new RouteConf(id, newVersion, conf, allowDegradation);
    }

    /** The same route with degradation allowed. */
    public RouteConf withDegradation() {
        return new RouteConf(id, version, conf, true);
    }

    /** Under which APISIX prepares this configuration and shares the token among its workers. */
    public String key(Plugin plugin) {
        return cacheKey(plugin) + "#" + version;
    }

    /** Under which a worker remembers the token, beside the version. */
    String cacheKey(Plugin plugin) {
        return "route#" + id + "#" + plugin.pluginName();
    }

    /** The phases in which APISIX calls a runner that the stand-in knows. */
    public enum Plugin {
        /** Before native authentication. */
        PRE_REQ("ext-plugin-pre-req"),
        /** When the upstream has answered. */
        POST_RESP("ext-plugin-post-resp");

        private final String pluginName;

        Plugin(String pluginName) {
            this.pluginName = pluginName;
        }

        String pluginName() {
            return pluginName;
        }
    }
}
