package dev.secretproviders.gateway;

import java.util.ArrayList;
import java.util.List;

/**
 * The configuration of one ext-plugin on one route.
 *
 * @param id the route's id
 * @param version the version of the route's configuration; when it changes, APISIX prepares again
 * @param conf plugin names with their configuration, in the order in which they run
 * @param allowDegradation whether a request passes, unauthenticated, when the runner fails
 */
public record RouteConf(String id, long version, List<Entry> conf, boolean allowDegradation) {
    /** Copies the list. */
    public RouteConf {
        conf = List.copyOf(conf);
    }

    /** Returns the first version of a route with one plugin, without degradation. */
    public static RouteConf of(String id, String plugin, String value) {
        return new RouteConf(id, 1, List.of(Entry.of(plugin, value)), false);
    }

    /** Returns the same route with another plugin after the others. */
    public RouteConf and(String plugin, String value) {
        List<Entry> more = new ArrayList<>(conf);
        more.add(Entry.of(plugin, value));
        return new RouteConf(id, version, more, allowDegradation);
    }

    /** Returns the same route at another version. */
    public RouteConf withVersion(long newVersion) {
        return new RouteConf(id, newVersion, conf, allowDegradation);
    }

    /** Returns the same route with degradation allowed. */
    public RouteConf withDegradation() {
        return new RouteConf(id, version, conf, true);
    }

    /** Returns the key under which APISIX prepares this configuration and shares the token among its workers. */
    public String key(Plugin plugin) {
        return cacheKey(plugin) + "#" + version;
    }

    /** Returns the key under which a worker remembers the token, together with the version. */
    String cacheKey(Plugin plugin) {
        return "route#" + id + "#" + plugin.pluginName();
    }

    /** The phases of APISIX's runner calls that the stand-in supports. */
    public enum Plugin {
        /** Before native authentication. */
        PRE_REQ("ext-plugin-pre-req"),
        /** After the upstream answered. */
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
