package dev.secretproviders.audit;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a syslog server listens.
 *
 * @param protocol how it is spoken to
 * @param host its name or address
 * @param port its port
 */
public record SyslogAddress(Protocol protocol, String host, int port) {

    /** How a server is spoken to. */
    public enum Protocol {
        /** One message a datagram (RFC 5426). */
        UDP(514),
        /** Messages with their lengths before them (RFC 6587, octet counting). */
        TCP(601);

        private final int usualPort;

        Protocol(int usualPort) {
            this.usualPort = usualPort;
        }
    }

    /** Returns the address that a text such as {@code udp://host:514} means, or null if it means none. */
    static @Nullable SyslogAddress parse(String text) {
        try {
            URI uri = new URI(text.strip());
            Protocol protocol = protocol(uri.getScheme());
            boolean more = uri.getRawUserInfo() != null
                    || uri.getRawQuery() != null
                    || uri.getRawFragment() != null
                    || !(uri.getRawPath() == null || uri.getRawPath().isEmpty());
            String host = uri.getHost();
            if (protocol == null || host == null || more || uri.getPort() == 0 || uri.getPort() > 65_535) {
                return null;
            }
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return new SyslogAddress(protocol, bare, uri.getPort() < 0 ? protocol.usualPort : uri.getPort());
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static @Nullable Protocol protocol(@Nullable String scheme) {
        return switch (scheme == null ? "" : scheme.toLowerCase(Locale.ROOT)) {
            case "udp" -> Protocol.UDP;
            case "tcp" -> Protocol.TCP;
            default -> null;
        };
    }

    @Override
    public String toString() {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return protocol.name().toLowerCase(Locale.ROOT) + "://" + shown + ":" + port;
    }
}
