package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.TlsFields;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes providers that read secrets of a Kubernetes cluster. {@code apiserver_addr}, {@code token} and {@code token_file} are
 * those of API7's secret provider.
 */
public final class KubernetesProviderFactory implements ProviderFactory {
    private static final String OF_SERVER = "apiserver_addr";

    private static final Field APISERVER_ADDR = Field.of(OF_SERVER, FieldType.URI, "Where the API server answers.")
            .label("API server address")
            .absent("without it and kubeconfig, that of the pod")
            .destination()
            .build();

    private static final Field TOKEN = Field.of("token", FieldType.SECRET, "A service account's token.")
            .absent("without apiserver_addr, that of the pod")
            .onlyWhen(OF_SERVER)
            .build();

    private static final Field TOKEN_FILE = Field.of(
                    "token_file", FieldType.FILE, "A file with the token, read again for each request.")
            .onlyWhen(OF_SERVER)
            .excludes("token")
            .destination()
            .build();

    private static final Field KUBECONFIG = Field.of(
                    "kubeconfig",
                    FieldType.FILE,
                    "A file with the cluster and the login, as kubectl uses it. Programs (exec) and passwords in it are"
                            + " not used.")
            .excludes(OF_SERVER)
            .destination()
            .build();

    private static final Field CONTEXT = Field.of("context", FieldType.TEXT, "The context of kubeconfig.")
            .absent("the file's current one")
            .onlyWhen("kubeconfig")
            .excludes(OF_SERVER)
            .destination()
            .build();

    private static final Field WATCH = Field.of(
                    "watch",
                    FieldType.FLAG,
                    "Whether changes are followed; with false the runner asks again when cache.ttl ends.")
            .fallback(true)
            .build();

    private static final Field TEST_NAMESPACE = Field.of(
                    "test_namespace",
                    FieldType.TEXT,
                    "The namespace in which a test of the connection asks for a secret that does not exist.")
            .fallback("default")
            .pattern("[a-z0-9-]{1,63}", "the name of a namespace")
            .build();

    private static final Field TLS = TlsFields.section("How the connection to apiserver_addr is protected.");

    /** API servers end watches by themselves after some 30 to 60 minutes; this one also bounds how long a dead one is held. */
    private static final Duration WATCH_LENGTH = Duration.ofMinutes(4);

    private final Map<String, String> environment;

    public KubernetesProviderFactory() {
        this(System.getenv());
    }

    /** As in a process with these environment variables. */
    KubernetesProviderFactory(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public String manager() {
        return "kubernetes";
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.of(APISERVER_ADDR, TOKEN, TOKEN_FILE, KUBECONFIG, CONTEXT, WATCH, TEST_NAMESPACE, TLS);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        ClusterSource source = source(values, credentials);
        String namespace = values.text(TEST_NAMESPACE);
        boolean watch = values.flag(WATCH);
        ProviderReach.of(credentials).connectsTo(() -> {
            ClusterAccess access = source.read();
            return new Place(access.server(), access.tls().context());
        });
        return new KubernetesProvider(
                id,
                new KubernetesClient(source, ProviderReach.of(credentials).outbound(), timeout, WATCH_LENGTH),
                namespace,
                watch ? NamespaceWatch.Pauses.USUAL : null);
    }

    private ClusterSource source(FieldValues values, Credentials credentials) {
        URI server = values.httpUri(APISERVER_ADDR);
        if (server != null && server.getRawPath().matches(".*/apis?(/v[0-9].*)?")) {
            values.problem(APISERVER_ADDR, "ends with the API's own path, which is added to it; leave that out");
        }
        ProviderReach limits = ProviderReach.of(credentials);
        CredentialSource token = token(values, credentials, limits);
        Path kubeconfig = values.readableFile(KUBECONFIG);
        String context = values.optionalText(CONTEXT);
        FieldValues tlsSection = values.section(TLS);
        TlsSettings tls = TlsSettings.read(tlsSection, limits.files());
        if (values.has(APISERVER_ADDR)) {
            if (token == null && !tlsSection.has(TlsFields.CERT_FILE)) {
                values.problem(TOKEN, "is required together with apiserver_addr, or token_file, or tls.cert_file");
            }
            return new ClusterSource.Configured(
                    new ClusterAccess(server == null ? URI.create("https://127.0.0.1") : server, tls, token));
        }
        // They are for apiserver_addr; with kubeconfig and in a pod they would be ignored.
        for (Field field : TLS.fields()) {
            if (tlsSection.has(field)) {
                tlsSection.problem(field, "needs apiserver_addr");
            }
        }
        if (kubeconfig == null) {
            limits.usesIdentity(values, APISERVER_ADDR, "without it, the service account of the pod");
            return ClusterSource.InCluster.of(environment);
        }
        try {
            ClusterAccess _ = KubeconfigFile.read(kubeconfig, context, limits.files());
        } catch (ProviderException e) {
            values.problem(KUBECONFIG, String.valueOf(e.getMessage()));
        }
        return new ClusterSource.Kubeconfig(kubeconfig, context, limits.files());
    }

    private static @Nullable CredentialSource token(FieldValues values, Credentials credentials, ProviderReach limits) {
        CredentialSource token = credentials.optional(values, TOKEN);
        String file = values.optionalText(TOKEN_FILE);
        if (file == null) {
            return token;
        }
        return CredentialFile.of(values, TOKEN_FILE, file, limits.files());
    }
}
