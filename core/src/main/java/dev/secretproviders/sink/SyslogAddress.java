package dev.secretproviders.sink;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a syslog server.
 *
 * @param protocol the transport protocol
 * @param host the name or address of the server
 * @param port the port of the server
 */
public record SyslogAddress(Protocol protocol, String host, int port) {

    /** A transport protocol of syslog. */
    public enum Protocol {
        /** One message per datagram (RFC 5426). */
        UDP(514),
        /** Messages prefixed with their lengths (RFC 6587, octet counting). */
        TCP(601),
        /** The same over TLS (RFC 5425). */
        TLS(6514);

        private final int usualPort;

        Protocol(int usualPort) {
            this.usualPort = usualPort;
        }
    }

    /**
     * The syntax of an address. {@link java.net.URI} is not used, because it refuses hosts with an underscore, as
     * containers have.
     */
    private static final Pattern TEXT =
            Pattern.compile("(?i)(udp|tcp|tls)://(?:\\[([0-9a-f:.%]+)]|([^\\s:/?#@\\[\\]]{1,253}))(?::(\\d{1,5}))?");

    /** Returns the address of a text such as {@code udp://host:514}, or null if the text is not an address. */
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
