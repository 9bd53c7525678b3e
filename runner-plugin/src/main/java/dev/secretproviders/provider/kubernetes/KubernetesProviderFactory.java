package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.provider.CredentialFile;
import dev.secretproviders.provider.ObjectSchema;
import dev.secretproviders.provider.ObjectSchema.Field;
import dev.secretproviders.provider.ObjectSchema.FieldType;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderFactory;
import dev.secretproviders.provider.SecretProvider;
import dev.secretproviders.provider.TlsSettings;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.settings.Settings;
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
                Field.of("token_file", FieldType.TEXT, "A file with the token, read anew for each request.")
                        .destined(),
                Field.of("kubeconfig", FieldType.TEXT, "A file with the cluster and the login, as kubectl uses it.")
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
                        Field.of("ca_file", FieldType.TEXT, "A PEM file with the cluster's authorities.")
                                .destined(),
                        Field.of("cert_file", FieldType.TEXT, "A PEM file with the client's certificate."),
                        Field.of("key_file", FieldType.TEXT, "A PEM file with the client's private key."))));
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
                new KubernetesClient(source, timeout, WATCH_LENGTH),
                namespace,
                watch ? NamespaceWatch.Pauses.USUAL : null);
    }

    private ClusterSource source(Settings settings, Credentials credentials) {
        URI server = settings.httpUri("apiserver_addr");
        CredentialSource token = token(settings, credentials);
        Path kubeconfig = settings.readableFile("kubeconfig");
        String context = settings.optionalText("context");
        Settings tlsSection = settings.section("tls");
        TlsSettings tls = TlsSettings.read(tlsSection);
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
        for (String field : List.of("token", "token_file", "tls")) {
            if (settings.has(field)) {
                settings.problem(field, "needs apiserver_addr beside it");
            }
        }
        if (context != null && !settings.has("kubeconfig")) {
            settings.problem("context", "needs kubeconfig beside it");
        }
        if (kubeconfig == null) {
            return ClusterSource.InCluster.of(environment);
        }
        try {
            ClusterAccess _ = KubeconfigFile.read(kubeconfig, context);
        } catch (ProviderException e) {
            settings.problem("kubeconfig", String.valueOf(e.getMessage()));
        }
        return new ClusterSource.Kubeconfig(kubeconfig, context);
    }

    private static @Nullable CredentialSource token(Settings settings, Credentials credentials) {
        CredentialSource token = credentials.optional(settings, "token");
        String file = settings.optionalText("token_file");
        if (file == null) {
            return token;
        }
        if (token != null) {
            settings.problem("token_file", "cannot stand beside token; write one of the two");
        }
        return CredentialFile.of(settings, "token_file", file);
    }
}
