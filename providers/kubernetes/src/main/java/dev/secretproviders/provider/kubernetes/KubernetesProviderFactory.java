package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes providers that read secrets of a Kubernetes cluster. {@code apiserver_addr}, {@code token} and {@code token_file} are
 * those of API7's secret provider.
 */
public final class KubernetesProviderFactory implements ProviderFactory {
    private static final String DEFAULT_NAMESPACE = "default";

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
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                Field.of(
                                "apiserver_addr",
                                FieldType.URI,
                                "Where the API server answers; without it and kubeconfig, that of the pod we run in.")
                        .destined(),
                Field.of("token", FieldType.SECRET, "A service account's token."),
                Field.of("token_file", FieldType.FILE, "A file with the token, read anew for each request.")
                        .destined(),
                Field.of("kubeconfig", FieldType.FILE, "A file with the cluster and the login, as kubectl uses it.")
                        .destined(),
                Field.of("context", FieldType.TEXT, "The context of kubeconfig, if not its current one.")
                        .destined(),
                Field.of("watch", FieldType.FLAG, "Whether changes are watched for, so that they count at once.")
                        .fallback(true),
                Field.of("test_namespace", FieldType.TEXT, "The namespace that a test of the connection asks.")
                        .fallback(DEFAULT_NAMESPACE),
                Field.section(
                        "tls",
                        "How the connection to apiserver_addr is protected.",
                        Field.of("verify", FieldType.FLAG, "Whether the server's certificate is checked.")
                                .fallback(true)
                                .destined(),
                        Field.of("ca_file", FieldType.TRUST_FILE, "A PEM file with the cluster's authorities.")
                                .destined(),
                        Field.of("cert_file", FieldType.FILE, "A PEM file with the client's certificate."),
                        Field.of("key_file", FieldType.FILE, "A PEM file with the client's private key."))));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        ClusterSource source = source(settings, credentials);
        String namespace = settings.text("test_namespace", DEFAULT_NAMESPACE);
        if (!namespace.matches("[a-z0-9-]{1,63}")) {
            settings.problem("test_namespace", "expected the name of a namespace");
        }
        boolean watch = settings.flag("watch", true);
        return new KubernetesProvider(
                id,
                new KubernetesClient(source, ProviderReach.of(credentials).outbound(), timeout, WATCH_LENGTH),
                namespace,
                watch ? NamespaceWatch.Pauses.USUAL : null);
    }

    private ClusterSource source(Settings settings, Credentials credentials) {
        URI server = settings.httpUri("apiserver_addr");
        if (server != null && server.getRawPath().matches(".*/apis?(/v[0-9].*)?")) {
            settings.problem("apiserver_addr", "ends with the API's own path, which is added to it; leave that out");
        }
        ProviderReach limits = ProviderReach.of(credentials);
        CredentialSource token = token(settings, credentials, limits);
        Path kubeconfig = settings.readableFile("kubeconfig");
        String context = settings.optionalText("context");
        Settings tlsSection = settings.section("tls");
        TlsSettings tls = TlsSettings.read(tlsSection, limits.files());
        if (settings.has("apiserver_addr")) {
            for (String field : List.of("kubeconfig", "context")) {
                if (settings.has(field)) {
                    settings.problem(field, "cannot stand beside apiserver_addr; write one of the two");
                }
            }
            if (token == null && !tlsSection.has("cert_file")) {
                settings.problem("token", "is required beside apiserver_addr, or token_file, or tls.cert_file");
            }
            return new ClusterSource.Configured(
                    new ClusterAccess(server == null ? URI.create("https://127.0.0.1") : server, tls, token));
        }
        for (String field : List.of("token", "token_file")) {
            if (settings.has(field)) {
                settings.problem(field, "needs apiserver_addr beside it");
            }
        }
        for (String field : List.of("ca_file", "cert_file", "key_file", "verify")) {
            if (tlsSection.has(field)) {
                tlsSection.problem(field, "needs apiserver_addr beside it");
            }
        }
        if (context != null && !settings.has("kubeconfig")) {
            settings.problem("context", "needs kubeconfig beside it");
        }
        if (kubeconfig == null) {
            limits.usesIdentity(settings, "apiserver_addr", "without it, the service account of the pod");
            return ClusterSource.InCluster.of(environment);
        }
        try {
            ClusterAccess _ = KubeconfigFile.read(kubeconfig, context, limits.files());
        } catch (ProviderException e) {
            settings.problem("kubeconfig", String.valueOf(e.getMessage()));
        }
        return new ClusterSource.Kubeconfig(kubeconfig, context, limits.files());
    }

    private static @Nullable CredentialSource token(Settings settings, Credentials credentials, ProviderReach limits) {
        CredentialSource token = credentials.optional(settings, "token");
        String file = settings.optionalText("token_file");
        if (file == null) {
            return token;
        }
        if (token != null) {
            settings.problem("token_file", "cannot stand beside token; write one of the two");
        }
        return CredentialFile.of(settings, "token_file", file, limits.files());
    }
}
