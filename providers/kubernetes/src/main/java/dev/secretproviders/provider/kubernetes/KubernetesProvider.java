package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.provider.shared.OneByOne;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Secret;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets of a Kubernetes cluster: {@code namespace/name/key}. A version is the secret's {@code resourceVersion},
 * so all runners of a cluster use the same name for it.
 */
final class KubernetesProvider implements SecretProvider {
    /** The most watches, with one connection each; secrets of further namespaces are fetched when their ttl ends. */
    private static final int MAX_WATCHES = 64;

    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,253}");

    private final ProviderId id;
    private final KubernetesClient client;
    private final String ownNamespace;
    private final NamespaceWatch.@Nullable Pauses pauses;
    private final Map<String, NamespaceWatch> watches = new HashMap<>();
    private @Nullable Consumer<List<SecretPath>> listener;
    private boolean closed;

    /**
     * Creates a provider.
     *
     * @param ownNamespace the namespace for the connection test
     * @param pauses the pauses between watches, or null not to watch
     */
    KubernetesProvider(
            ProviderId id, KubernetesClient client, String ownNamespace, NamespaceWatch.@Nullable Pauses pauses) {
        this.id = id;
        this.client = client;
        this.ownNamespace = ownNamespace;
        this.pauses = pauses;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        String path = reference.path();
        String[] parts = path.split("/", -1);
        if (parts.length != 3) {
            throw invalid(reference, path, "expected namespace/name/key");
        }
        if (!NAMESPACE.matcher(parts[0]).matches()) {
            throw invalid(reference, path, "'" + parts[0] + "' is not the name of a namespace");
        }
        if (!NAME.matcher(parts[1]).matches()) {
            throw invalid(reference, path, "'" + parts[1] + "' is not the name of a secret");
        }
        if (!KEY.matcher(parts[2]).matches()) {
            throw invalid(reference, path, "'" + parts[2] + "' is not a key of a secret");
        }
        if (reference.version() != null || reference.stage() != null) {
            throw invalid(reference, "?", "Kubernetes keeps one version of a secret; leave out version and stage");
        }
        return List.of(new SecretAddress(SecretPath.current(parts[0] + "/" + parts[1]), parts[2]));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        return OneByOne.fetch(requests, this::fetchOne);
    }

    /** Asks for an unused name: the API server checks the login before it answers "not found" or "not allowed". */
    @Override
    public void check() throws ProviderException, InterruptedException {
        OneByOne.check(ownNamespace + "/" + OneByOne.NO_SECRET, this::ask);
    }

    @Override
    public void onChange(Consumer<List<SecretPath>> told) {
        synchronized (watches) {
            listener = told;
        }
    }

    @Override
    public void close() {
        synchronized (watches) {
            closed = true;
            watches.values().forEach(NamespaceWatch::close);
            watches.clear();
        }
        client.close();
    }

    private FetchResult fetchOne(FetchRequest request) throws ProviderException, InterruptedException {
        // Before the read, so that the watch reports a change between the two.
        watch(namespace(request.path()), name(request.path()));
        return ask(request);
    }

    private FetchResult ask(FetchRequest request) throws ProviderException, InterruptedException {
        String path = request.path().name();
        V1Secret secret;
        try {
            secret = client.read(namespace(request.path()), name(request.path()));
        } catch (ApiException e) {
            if (KubernetesErrors.notFound(e)) {
                return new FetchResult.Missing("there is no secret '" + path + "'");
            }
            return new FetchResult.Failed(KubernetesErrors.exception(e, "'" + path + "'", "get")).ofOneSecret();
        }
        // Without this check any JSON with such a field would pass; the API server always names the kind of its answer.
        V1ObjectMeta metadata = "Secret".equals(secret.getKind()) ? secret.getMetadata() : null;
        if (metadata == null || metadata.getResourceVersion() == null) {
            return new FetchResult.Failed(
                    new ProviderException(Kind.INVALID_ANSWER, "the answer for '" + path + "' lacks its version"));
        }
        if (metadata.getDeletionTimestamp() != null) {
            return new FetchResult.Gone("secret '" + path + "' is being deleted");
        }
        if (metadata.getResourceVersion().equals(request.knownVersion())) {
            return new FetchResult.Unchanged();
        }
        Map<String, Secret> fields = new LinkedHashMap<>();
        if (secret.getData() != null) {
            secret.getData().forEach((key, value) -> fields.put(key, Secret.owning(value)));
        }
        return new FetchResult.Found(
                SecretVersion.of(metadata.getResourceVersion(), null, SecretContent.ofFields(fields)));
    }

    private void watch(String namespace, String name) {
        synchronized (watches) {
            Consumer<List<SecretPath>> told = listener;
            if (told == null || pauses == null || closed) {
                return;
            }
            NamespaceWatch watch = watches.get(namespace);
            if (watch == null && watches.size() < MAX_WATCHES) {
                watch = new NamespaceWatch(namespace, client, pauses, names -> told.accept(paths(namespace, names)));
                watches.put(namespace, watch);
                watch.add(name);
                watch.start();
            } else if (watch != null) {
                watch.add(name);
            }
        }
    }

    private static List<SecretPath> paths(String namespace, Set<String> names) {
        return names.stream()
                .map(name -> SecretPath.current(namespace + "/" + name))
                .toList();
    }

    private static String namespace(SecretPath path) {
        return path.name().substring(0, path.name().indexOf('/'));
    }

    private static String name(SecretPath path) {
        return path.name().substring(path.name().indexOf('/') + 1);
    }

    private static InvalidReferenceException invalid(SecretReference reference, String at, String problem) {
        return new InvalidReferenceException(Math.max(0, reference.toString().indexOf(at)), problem);
    }
}
