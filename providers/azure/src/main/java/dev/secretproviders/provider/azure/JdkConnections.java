package dev.secretproviders.provider.azure;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * Makes the JDK's HTTP client for Azure's library, which never closes the one it has: its connections and its thread would last
 * until a garbage collection finds it.
 *
 * <p>Thread-safe once built.
 */
final class JdkConnections implements HttpClient.Builder, AutoCloseable {
    private final HttpClient.Builder builder;
    private final List<HttpClient> built = new CopyOnWriteArrayList<>();

    /** @param threads run the client's callbacks, instead of threads of the library's for the whole process */
    JdkConnections(Executor threads) {
        builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(threads);
    }

    @Override
    public HttpClient build() {
        HttpClient made = builder.build();
        built.add(made);
        return made;
    }

    /** Ends open exchanges instead of waiting for them. */
    @Override
    public void close() {
        built.forEach(HttpClient::shutdownNow);
    }

    /** Not taken over: for it the JDK's client keeps a connection's first answer in the heap until that is closed. */
    @Override
    public HttpClient.Builder connectTimeout(Duration duration) {
        return this;
    }

    @Override
    public HttpClient.Builder executor(Executor executor) {
        builder.executor(executor);
        return this;
    }

    @Override
    public HttpClient.Builder cookieHandler(CookieHandler cookies) {
        builder.cookieHandler(cookies);
        return this;
    }

    @Override
    public HttpClient.Builder sslContext(SSLContext context) {
        builder.sslContext(context);
        return this;
    }

    @Override
    public HttpClient.Builder sslParameters(SSLParameters parameters) {
        builder.sslParameters(parameters);
        return this;
    }

    /** Never: a token or a secret would go along. */
    @Override
    public HttpClient.Builder followRedirects(HttpClient.Redirect policy) {
        return this;
    }

    @Override
    public HttpClient.Builder version(HttpClient.Version version) {
        builder.version(version);
        return this;
    }

    @Override
    public HttpClient.Builder priority(int priority) {
        builder.priority(priority);
        return this;
    }

    /** Not taken over: without it the client uses the Java runtime's proxies, which are checked. */
    @Override
    public HttpClient.Builder proxy(ProxySelector proxies) {
        return this;
    }

    @Override
    public HttpClient.Builder authenticator(Authenticator authenticator) {
        builder.authenticator(authenticator);
        return this;
    }
}
