package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.ConnectionFactory;
import com.google.api.client.http.javanet.NetHttpTransport;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/** Google's HTTP transports, over connections that can be asked afterwards what the last answer's status was. Thread-safe. */
final class GcpConnections implements ConnectionFactory {
    private final ConnectionFactory network;
    private volatile @Nullable HttpURLConnection last;

    GcpConnections(ConnectionFactory network) {
        this.network = network;
    }

    /** Returns a transport over {@code network}. */
    static HttpTransport transport(ConnectionFactory network, boolean verify) throws ProviderException {
        try {
            NetHttpTransport.Builder builder = new NetHttpTransport.Builder().setConnectionFactory(network);
            return (verify ? builder : builder.doNotValidateCertificate()).build();
        } catch (GeneralSecurityException e) {
            throw new ProviderException(Kind.CONFIGURATION, "the check of certificates cannot be switched off here");
        }
    }

    @Override
    public HttpURLConnection openConnection(URL url) throws IOException {
        HttpURLConnection connection = network.openConnection(url);
        last = connection;
        return connection;
    }

    /** Returns the status of the last answer, 0 if nothing was asked, -1 if nothing was answered. */
    int lastStatus() {
        HttpURLConnection connection = last;
        try {
            return connection == null ? 0 : connection.getResponseCode();
        } catch (IOException e) {
            return -1;
        }
    }
}
