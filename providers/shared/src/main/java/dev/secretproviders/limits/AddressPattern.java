package dev.secretproviders.limits;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of {@code providers.destinations}: a host such as {@code vault.example}, {@code *.vault.example} for all
 * hosts below a name, an address, or a range such as {@code 10.1.0.0/16}. Each may end with {@code :port}; without it,
 * any port matches.
 */
sealed interface AddressPattern {
    /** An unknown port. It matches no entry with a port. */
    int ANY_PORT = 0;

    /** Returns whether the name or literal address of a destination matches, without a lookup. */
    boolean fits(String host, int port);

    /** Returns whether an address that the name resolves to matches. */
    boolean fits(InetAddress address, int port);

    /** A name, or all names below one. */
    record Name(String name, boolean below, int port) implements AddressPattern {
        @Override
        public boolean fits(String host, int wanted) {
            return (port == ANY_PORT || port == wanted) && (below ? host.endsWith("." + name) : host.equals(name));
        }

        @Override
        public boolean fits(InetAddress address, int wanted) {
            return false;
        }
    }

    /** The addresses that begin with the first {@code bits} bits of {@code address}. */
    record Block(InetAddress address, int bits, int port) implements AddressPattern {
        @Override
        public boolean fits(String host, int wanted) {
            InetAddress literal = Addresses.literal(host);
            return literal != null && fits(literal, wanted);
        }

        @Override
        public boolean fits(InetAddress other, int wanted) {
            return (port == ANY_PORT || port == wanted) && Addresses.begin(other, address, bits);
        }
    }

    Pattern FORM = Pattern.compile("(\\[[0-9a-f:.]+](?:/\\d{1,3})?|[a-z0-9*._-]+(?:/\\d{1,3})?)(?::(\\d{1,5}))?");

    Pattern HOST = Pattern.compile("(\\*\\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");

    /** Returns the pattern of an entry, or null if the entry is malformed. */
    static @Nullable AddressPattern parse(String text) {
        String entry = text.strip().toLowerCase(Locale.ROOT);
        // An IPv6 address contains colons, so only one in brackets may have a port.
        boolean bare = entry.chars().filter(c -> c == ':').count() > 1 && !entry.startsWith("[");
        Matcher matcher = FORM.matcher(entry);
        if (!bare && !matcher.matches()) {
            return null;
        }
        String host = bare ? entry : matcher.group(1);
        String portText = bare ? null : matcher.group(2);
        int port = portText == null ? ANY_PORT : Integer.parseInt(portText);
        if (port > 65_535 || (portText != null && port == 0)) {
            return null;
        }
        String[] range = host.split("/", -1);
        InetAddress address = Addresses.literal(range[0]);
        if (address != null && range.length <= 2) {
            int all = address.getAddress().length * Byte.SIZE;
            int bits = range.length == 1 ? all : bits(range[1]);
            return bits < 0 || bits > all ? null : new Block(address, bits, port);
        }
        if (range.length > 1 || !HOST.matcher(host).matches() || host.chars().allMatch(c -> c < 'a' && c != '*')) {
            return null;
        }
        return host.startsWith("*.") ? new Name(host.substring(2), true, port) : new Name(host, false, port);
    }

    private static int bits(String text) {
        return text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    }

    /** Parses and compares addresses, IPv4 and IPv6. */
    final class Addresses {
        private Addresses() {}

        /** Returns the address of a literal, in any form that the Java runtime accepts; null for a name. */
        static @Nullable InetAddress literal(String host) {
            try {
                return InetAddress.ofLiteral(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
            } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
                return null;
            }
        }

        static boolean begin(InetAddress address, InetAddress with, int bits) {
            byte[] one = address.getAddress();
            byte[] other = with.getAddress();
            int whole = bits / Byte.SIZE;
            int rest = bits % Byte.SIZE;
            if (one.length != other.length || !Arrays.equals(one, 0, whole, other, 0, whole)) {
                return false;
            }
            int mask = 0xff << (Byte.SIZE - rest) & 0xff;
            return rest == 0 || (one[whole] & mask) == (other[whole] & mask);
        }
    }
}
