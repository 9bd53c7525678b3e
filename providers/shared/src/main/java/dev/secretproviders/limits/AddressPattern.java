package dev.secretproviders.limits;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of {@code providers.destinations}: a host such as {@code vault.example}, {@code *.vault.example} for the hosts below a
 * name, an address or a range such as {@code 10.1.0.0/16}; each with {@code :port} behind it, or for any port.
 */
sealed interface AddressPattern {
    /** Stands for a port that is not known. It fits no entry with a port. */
    int ANY_PORT = 0;

    /** Returns whether the name or literal address of a destination fits, without a lookup. */
    boolean fits(String host, int port);

    /** Returns whether an address fits that the name stands for now. */
    boolean fits(InetAddress address, int port);

    /** A name, or the names below one. */
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

    /** Returns what an entry means, or null if it means nothing. */
    static @Nullable AddressPattern parse(String text) {
        String entry = text.strip().toLowerCase(Locale.ROOT);
        // An IPv6 address has colons of its own, so that only one in brackets takes a port.
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

    /** Whether addresses begin alike, whatever their kind. */
    final class Addresses {
        private Addresses() {}

        /** Returns the address that a literal stands for, in any form that the Java runtime takes for one; null for a name. */
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
