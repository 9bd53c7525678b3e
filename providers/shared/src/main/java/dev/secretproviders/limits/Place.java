package dev.secretproviders.limits;

import dev.secretproviders.spi.ProviderException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The server that a provider asks for secrets. Immutable.
 *
 * @param server its http or https address
 * @param tls whom TLS connections trust and what they present; null for the Java runtime's own
 */
public record Place(URI server, @Nullable SSLContext tls) {
    /** Finds the place, which a file or the machine may name. */
    @FunctionalInterface
    public interface Source {
        /**
         * Returns the place as it is now.
         *
         * @throws ProviderException if it cannot be found
         */
        Place now() throws ProviderException;
    }

    /** Returns the host, without the brackets of an IPv6 address. */
    public String host() {
        return Destinations.plain(String.valueOf(server.getHost()));
    }

    /** Returns the port. */
    public int port() {
        return server.getPort() > 0 ? server.getPort() : secure() ? 443 : 80;
    }

    /** Returns whether connections use TLS. */
    public boolean secure() {
        return !"http".equals(String.valueOf(server.getScheme()).toLowerCase(Locale.ROOT));
    }

    /** Returns whether the host is an address, so that there is no name to look up. */
    public boolean literal() {
        return AddressPattern.Addresses.literal(host()) != null;
    }

    /** Returns the proxy of the Java runtime that connects to the place, as host and port; null if there is none. */
    public @Nullable String proxy() {
        ProxySelector proxies = ProxySelector.getDefault();
        if (proxies == null) {
            return null;
        }
        for (Proxy proxy : proxies.select(server)) {
            if (proxy.type() == Proxy.Type.DIRECT) {
                return null;
            }
            if (proxy.address() instanceof InetSocketAddress address) {
                return address.getHostString() + ":" + address.getPort();
            }
        }
        return null;
    }
}
