package dev.secretproviders.audit;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** Not by {@link java.net.URI}, which takes no host with an underscore: containers have such names. */
    private static final Pattern TEXT =
            Pattern.compile("(?i)(udp|tcp)://(?:\\[([0-9a-f:.%]+)]|([^\\s:/?#@\\[\\]]{1,253}))(?::(\\d{1,5}))?");

    /** Returns the address that a text such as {@code udp://host:514} means, or null if it means none. */
    static @Nullable SyslogAddress parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            return null;
        }
        Protocol protocol = Protocol.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
        String host = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
        int port = matcher.group(4) == null ? protocol.usualPort : Integer.parseInt(matcher.group(4));
        return port < 1 || port > 65_535 ? null : new SyslogAddress(protocol, host, port);
    }

    @Override
    public String toString() {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return protocol.name().toLowerCase(Locale.ROOT) + "://" + shown + ":" + port;
    }
}
