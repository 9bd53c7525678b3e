package dev.secretproviders.limits;

import dev.secretproviders.limits.AddressPattern.Addresses;
import dev.secretproviders.settings.Settings;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that providers may connect to: those in the list {@code providers.destinations}. Without a list, all
 * addresses but link-local ones and the machine's metadata service. Immutable.
 */
public final class Destinations {
    /** Destinations without a list. */
    public static final Destinations DEFAULT = new Destinations(List.of());

    private static final String FIELD = "destinations";

    /** These services also answer on link-local addresses; their names give a better message. */
    private static final Set<String> METADATA_NAMES = Set.of(
            "metadata.google.internal", "metadata.goog", "instance-data.ec2.internal", "metadata.tencentyun.com");

    /** Link-local: AWS, Google, Azure and other local services. The others: AWS, Google, Alibaba, Azure, Oracle. */
    private static final List<AddressPattern.Block> NEVER_UNLESS_LISTED = List.of(
            block("169.254.0.0", 16),
            block("fe80::", 10),
            block("fd00:ec2::", 32),
            block("fd20:ce::254", 128),
            block("100.100.100.200", 32),
            block("168.63.129.16", 32),
            block("192.0.0.192", 32));

    private final List<AddressPattern> list;

    private Destinations(List<AddressPattern> list) {
        this.list = List.copyOf(list);
    }

    /** Reads the list in the section {@code providers}; a malformed entry is a problem. */
    public static Destinations read(Settings providers) {
        List<AddressPattern> list = new ArrayList<>();
        for (String entry : providers.texts(FIELD)) {
            AddressPattern pattern = AddressPattern.parse(entry);
            if (pattern == null) {
                providers.problem(
                        FIELD,
                        "'" + entry
                                + "' is not a destination; expected a host such as vault.example or *.vault.example, an address or"
                                + " a range such as 10.1.0.0/16, each with or without a port, such as vault.example:8200");
            } else {
                list.add(pattern);
            }
        }
        if (list.isEmpty() && providers.present(FIELD) && providers.texts(FIELD).isEmpty()) {
            providers.problem(FIELD, "is empty; name the destinations, or leave it out to allow all");
        }
        return list.isEmpty() ? DEFAULT : new Destinations(list);
    }

    /** Returns whether the list contains the destination by its name or literal address; false without a list. */
    public boolean names(String host, int port) {
        return list.stream().anyMatch(entry -> entry.fits(plain(host), port));
    }

    /**
     * Returns why no provider may connect to a destination, by its name or literal address; null if they do not forbid
     * it. No lookup.
     */
    public @Nullable String refusal(String host, int port) {
        String name = plain(host);
        InetAddress literal = Addresses.literal(name);
        if (literal != null) {
            return refusal(host, port, literal);
        }
        if (list.isEmpty()) {
            return METADATA_NAMES.contains(name) ? forbidden(host) : null;
        }
        boolean byAddress = list.stream().anyMatch(AddressPattern.Block.class::isInstance);
        return names(name, port) || byAddress ? null : notListed(host, port);
    }

    /** Returns why no provider may connect to an address of {@code host}; null if that is allowed. */
    public @Nullable String refusal(String host, int port, InetAddress address) {
        InetAddress meant = embedded(address);
        for (AddressPattern.Block never : NEVER_UNLESS_LISTED) {
            if (never.fits(meant, AddressPattern.ANY_PORT)) {
                // Another party may control a name that leads there, and a wide range such as fd00::/8 was meant for
                // other addresses. Only an operator who lists the address itself allows it.
                boolean meantSo = list.stream()
                        .anyMatch(entry -> entry instanceof AddressPattern.Block block
                                && block.bits() >= never.bits()
                                && block.fits(meant, port));
                return meantSo ? null : forbidden(shown(host, address));
            }
        }
        if (list.stream().anyMatch(entry -> entry.fits(address, port) || entry.fits(meant, port))) {
            return null;
        }
        if (METADATA_NAMES.contains(plain(host))) {
            return forbidden(shown(host, address));
        }
        return list.isEmpty() || names(host, port) ? null : notListed(shown(host, address), port);
    }

    private static String shown(String host, InetAddress address) {
        String text = address.getHostAddress();
        return text.equals(host) || host.equals("[" + text + "]") ? host : host + " (" + text + ")";
    }

    private static String forbidden(String what) {
        return what
                + " is an address of this link or of the machine's metadata service, which no provider may connect to; list the"
                + " address in providers.destinations if this is intended";
    }

    private static String notListed(String what, int port) {
        return what + (port == AddressPattern.ANY_PORT ? "" : ", port " + port + ",")
                + " is not in the list providers.destinations; add it there if this is intended";
    }

    /**
     * Returns the IPv4 address embedded in an IPv6 address by NAT64, 6to4 or translation; otherwise the address itself.
     */
    private static InetAddress embedded(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        int at = -1;
        if (LEADING_BY_THE_LAST_BYTES.stream().anyMatch(block -> block.fits(address, AddressPattern.ANY_PORT))) {
            at = 12;
        } else if (SIX_TO_FOUR.fits(address, AddressPattern.ANY_PORT)) {
            at = 2;
        }
        if (at < 0 || address.isLoopbackAddress() || address.isAnyLocalAddress()) {
            return address;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /**
     * Prefixes that end with an IPv4 address: NAT64 (RFC 6052, RFC 8215), compatible addresses, and translated ones
     * (RFC 2765).
     */
    private static final List<AddressPattern> LEADING_BY_THE_LAST_BYTES =
            List.of(block("64:ff9b::", 96), block("64:ff9b:1::", 48), block("::", 96), block("::ffff:0:0:0", 96));

    private static final AddressPattern SIX_TO_FOUR = block("2002::", 16);

    private static AddressPattern.Block block(String address, int bits) {
        return new AddressPattern.Block(
                Objects.requireNonNull(Addresses.literal(address)), bits, AddressPattern.ANY_PORT);
    }

    /** Returns the host without brackets and the dot at its end, in lower case. */
    static String plain(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
