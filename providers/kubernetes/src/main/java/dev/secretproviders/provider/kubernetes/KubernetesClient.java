package dev.secretproviders.provider.kubernetes;

import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.MalformedJsonException;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.Secret;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.util.Watch;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The Kubernetes client, made when it is first needed, and made anew after a refused login or certificate: what is behind it may
 * have changed. Its exceptions carry what the API server answered and do not leave this package.
 *
 * <p>Thread-safe.
 */
final class KubernetesClient implements AutoCloseable {
    /** Asks for metadata only: a watch shows every secret of a namespace, and their values are none of our business. */
    private static final String METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

    private static final Type EVENT = new TypeToken<Watch.Response<V1Secret>>() {}.getType();

    /** A connection keeps what it received last in its buffers. */
    private static final int IDLE_SECONDS = 2;

    private static final int MAX_IDLE = 8;

    /** What okio keeps for one thread at most ({@code SegmentPool.MAX_SIZE}). */
    private static final int POOLED_BYTES = 64 << 10;

    private final ClusterSource source;
    private final Outbound outbound;
    private final Duration timeout;
    private final Duration watchLength;
    private final Object creating = new Object();
    private @Nullable Session session;
    private boolean closed;

    /** One login. */
    private record Session(OkHttpClient http, CoreV1Api api) {
        void close() {
            http.dispatcher().cancelAll();
            http.dispatcher().executorService().shutdown();
            http.connectionPool().evictAll();
        }
    }

    /** The token could not be read; carried through the library. */
    private static final class TokenException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient ProviderException cause;

        TokenException(ProviderException cause) {
            super("no token");
            this.cause = cause;
        }
    }

    /**
     * Creates a client.
     *
     * @param outbound checks connections
     * @param timeout for one answer, but not for a watch
     * @param watchLength after which the API server is asked to end a watch; a silent one is given up a little later
     */
    KubernetesClient(ClusterSource source, Outbound outbound, Duration timeout, Duration watchLength) {
        this.outbound = outbound;
        this.source = source;
        this.timeout = timeout;
        this.watchLength = watchLength;
    }

    /**
     * Reads a secret.
     *
     * @throws ApiException if the API server refuses, but for the login
     */
    V1Secret read(String namespace, String name) throws ApiException, ProviderException, InterruptedException {
        try {
            V1Secret secret = loggedIn((api, nanos) -> {
                Call call = api.readNamespacedSecret(name, namespace).buildCall(null);
                call.timeout().timeout(nanos, TimeUnit.NANOSECONDS);
                return api.getApiClient()
                        .<V1Secret>execute(call, V1Secret.class)
                        .getData();
            });
            if (secret == null) {
                // What the library makes of an empty answer.
                throw new ProviderException(Kind.INVALID_ANSWER, "the API server's answer is empty");
            }
            return secret;
        } finally {
            overwriteBuffers();
        }
    }

    /**
     * Starts to watch the secrets of a namespace.
     *
     * @param resourceVersion after which changes are told; null to be told of all that is there first
     * @throws ApiException if the API server refuses, but for the login
     */
    Watch<V1Secret> watch(String namespace, @Nullable String resourceVersion)
            throws ApiException, ProviderException, InterruptedException {
        return loggedIn((api, nanos) -> {
            Call call = api.listNamespacedSecret(namespace)
                    .watch(true)
                    .allowWatchBookmarks(true)
                    .resourceVersion(resourceVersion)
                    .timeoutSeconds(Math.toIntExact(Math.max(1, watchLength.toSeconds())))
                    .buildCall(null);
            call.timeout().clearTimeout();
            return Watch.createWatch(api.getApiClient(), call, EVENT);
        });
    }

    @Override
    public void close() {
        Session old;
        synchronized (creating) {
            closed = true;
            old = session;
            session = null;
        }
        if (old != null) {
            old.close();
        }
    }

    private interface Question<T> {
        /** @param nanos in which the answer must be there */
        T ask(CoreV1Api api, long nanos) throws ApiException;
    }

    private <T> T loggedIn(Question<T> question) throws ApiException, ProviderException, InterruptedException {
        Session current = session();
        long start = System.nanoTime();
        try {
            return ask(current, question, timeout.toNanos());
        } catch (ApiException e) {
            boolean refused = e.getCode() == 401;
            if (refused || Causes.find(e, SSLException.class) != null) {
                forget(current);
            }
            long left = timeout.toNanos() - (System.nanoTime() - start);
            if (!refused || left <= 0) {
                throw e;
            }
            // Once more with the credential as it is now: it may have been rotated.
            return ask(session(), question, left);
        }
    }

    private static <T> T ask(Session session, Question<T> question, long nanos)
            throws ApiException, ProviderException, InterruptedException {
        try {
            return question.ask(session.api(), nanos);
        } catch (ApiException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            TokenException noToken = Causes.find(e, TokenException.class);
            if (noToken != null) {
                throw noToken.cause;
            }
            ProviderException refused = Causes.refusedDestination(e);
            if (refused != null) {
                throw refused;
            }
            throw e;
        } catch (JsonParseException | IllegalArgumentException | IllegalStateException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            // Gson reads from the connection, and takes what ends that for JSON that is wrong.
            IOException broken = Causes.find(e, IOException.class);
            if (broken != null && !(broken instanceof MalformedJsonException || broken instanceof EOFException)) {
                throw KubernetesErrors.withoutAnswer(e, "in full");
            }
            // Dropped: it may quote the answer.
            throw new ProviderException(Kind.INVALID_ANSWER, "the API server's answer has an unknown form");
        }
    }

    private Session session() throws ProviderException {
        synchronized (creating) {
            if (closed) {
                throw new ProviderException(Kind.UNAVAILABLE, "the provider is closed");
            }
            Session current = session;
            if (current == null) {
                current = create(source.read());
                session = current;
            }
            return current;
        }
    }

    private void forget(Session old) {
        synchronized (creating) {
            if (old.equals(session)) {
                session = null;
            }
        }
        // Not closed: others may be waiting for its answers.
        old.http().connectionPool().evictAll();
    }

    private Session create(ClusterAccess access) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .connectTimeout(timeout)
                .callTimeout(timeout)
                .readTimeout(timeout)
                .writeTimeout(timeout)
                .connectionPool(new ConnectionPool(MAX_IDLE, IDLE_SECONDS, TimeUnit.SECONDS))
                // With HTTP/2 a thread of the library's would read what we then cannot overwrite.
                .protocols(List.of(Protocol.HTTP_1_1))
                // Repeating is the resolver's matter; a redirect would take the token elsewhere.
                .followRedirects(false)
                .followSslRedirects(false)
                .dns(host -> outbound.lookUp(host, access.server()))
                .addInterceptor(new Headers(access.token(), outbound, watchLength.plus(timeout)));
        if (access.tls().context() != null) {
            builder.sslSocketFactory(
                    Objects.requireNonNull(access.tls().context()).getSocketFactory(),
                    Objects.requireNonNull(access.tls().trust()));
        }
        if (!access.tls().verify()) {
            builder.hostnameVerifier((host, tls) -> true);
        }
        OkHttpClient http = builder.build();
        ApiClient client = new ApiClient(http);
        client.setBasePath(access.server().toString());
        client.setUserAgent("secret-providers");
        return new Session(http, new CoreV1Api(client));
    }

    /**
     * Overwrites the buffers that the HTTP client has put back into its pool, where the answer would lie until somebody needs
     * them again. Threads find again what they put there.
     */
    private static void overwriteBuffers() {
        try (Buffer buffer = new Buffer()) {
            buffer.write(new byte[POOLED_BYTES]);
        }
    }

    /**
     * Adds the token to each request. A watch has no limit for the whole answer; it is given up when nothing came for longer than
     * it should last.
     */
    private record Headers(@Nullable CredentialSource token, Outbound outbound, Duration silence)
            implements Interceptor {
        @Override
        public Response intercept(Chain chain) throws IOException {
            outbound.check(chain.request().url().uri());
            Request.Builder request = chain.request().newBuilder();
            Chain timed = chain;
            if (chain.request().url().queryParameter("watch") != null) {
                request.header("Accept", METADATA);
                timed = chain.withReadTimeout(Math.toIntExact(silence.toMillis()), TimeUnit.MILLISECONDS);
            }
            if (token == null) {
                return timed.proceed(request.build());
            }
            try (Secret value = token.read()) {
                request.header("Authorization", "Bearer " + value.reveal());
            } catch (ProviderException e) {
                throw new TokenException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted");
            } catch (IllegalArgumentException e) {
                // A header cannot hold it. The exception quotes it and is dropped.
                throw new TokenException(
                        new ProviderException(Kind.AUTHENTICATION, "the token holds characters that no token has"));
            }
            return timed.proceed(request.build());
        }
    }
}
