package dev.secretproviders.transport.route;

/**
 * The APISIX resource that a configuration belongs to, for logs and metrics.
 *
 * @param text a route's id as it is, another resource's id behind its kind ({@code service/1}), or the whole key if that
 *     is none of APISIX's; at most 256 characters
 */
public record RouteId(String text) {
    private static final int MAX_LENGTH = 256;

    public RouteId {
        text = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) : text;
    }

    /**
     * Reads the key of a PrepareConf, {@code kind#id#plugin#version}. Kinds may be joined ({@code route&consumer}), and then
     * so are the ids; only the first counts, so that a route has one name however many consumers use it.
     */
    static RouteId parse(String key) {
        String[] parts = key.split("#", -1);
        if (parts.length != 4 || parts[0].isEmpty() || parts[1].isEmpty()) {
            return new RouteId(key);
        }
        String kind = first(parts[0]);
        String id = first(parts[1]);
        return new RouteId(kind.equals("route") ? id : kind + "/" + id);
    }

    private static String first(String joined) {
        int end = joined.indexOf('&');
        return end < 0 ? joined : joined.substring(0, end);
    }
}
