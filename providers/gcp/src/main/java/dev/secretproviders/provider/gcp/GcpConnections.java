package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.ConnectionFactory;
import com.google.api.client.http.javanet.NetHttpTransport;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.RefusedDestinationException;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Google's HTTP transports, over checked connections that record the last answer's status. They reach only the
 * {@linkplain #expect expected} places, because the library follows redirects and resends what it posts.
 *
 * <p>Thread-safe.
 */
final class GcpConnections implements ConnectionFactory {
    private final ConnectionFactory network;
    private final Outbound outbound;
    private final Set<String> expected = ConcurrentHashMap.newKeySet();
    private volatile @Nullable HttpURLConnection last;

    GcpConnections(ConnectionFactory network, Outbound outbound) {
        this.network = network;
        this.outbound = outbound;
    }

    /** Adds a place that requests may go to. */
    void expect(URI place) {
        expected.add(origin(place));
    }

    private static String origin(URI place) {
        String scheme = String.valueOf(place.getScheme()).toLowerCase(Locale.ROOT);
        int port = place.getPort() > 0 ? place.getPort() : scheme.equals("http") ? 80 : 443;
        return scheme + "://" + String.valueOf(place.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
    }

    /** Returns where Secret Manager answers, as a {@link #transport} connects to it. */
    static Place place(URI endpoint, boolean verify) throws ProviderException {
        try {
            return new Place(
                    endpoint,
                    verify ? null : TlsSettings.ofPem(null, null, null, false).context());
        } catch (GeneralSecurityException e) {
            throw unchecked();
        }
    }

    private static ProviderException unchecked() {
        return new ProviderException(Kind.CONFIGURATION, "the check of certificates cannot be switched off here");
    }

    /** Returns a transport over {@code network}. */
    static HttpTransport transport(ConnectionFactory network, boolean verify) throws ProviderException {
        try {
            NetHttpTransport.Builder builder = new NetHttpTransport.Builder().setConnectionFactory(network);
            return (verify ? builder : builder.doNotValidateCertificate()).build();
        } catch (GeneralSecurityException e) {
            throw unchecked();
        }
    }

    @Override
    public HttpURLConnection openConnection(URL url) throws IOException {
        URI target = URI.create(url.toString());
        if (!expected.contains(origin(target))) {
            throw new RefusedDestinationException("Google's library was redirected to " + target.getHost()
                    + ", which no field names; following it would send credentials there");
        }
        outbound.check(target);
        HttpURLConnection connection = network.openConnection(url);
        connection.setInstanceFollowRedirects(false);
        last = connection;
        return connection;
    }

    /** Returns the status of the last answer; 0 if there was no request, -1 if there was no answer. */
    int lastStatus() {
        HttpURLConnection connection = last;
        try {
            return connection == null ? 0 : connection.getResponseCode();
        } catch (IOException e) {
            return -1;
        }
    }
}
