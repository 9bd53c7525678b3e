package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.OneByOne;
import dev.secretproviders.provider.shared.VersionChecks;
import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
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
import dev.secretproviders.spi.SecretWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.model.APIErrorType;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretRequest;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretResponse;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.SecretValueEntry;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/**
 * Reads secrets of AWS Secrets Manager. Names may contain slashes: the longest name is tried first, then segments move
 * from the right into the field (like {@code apisix/secret/aws.lua} since 3.18).
 */
final class AwsProvider implements SecretProvider {
    /** The service's limit for one batch. */
    private static final String NO_SECRET = "secret-providers/connection-test";

    private static final int BATCH = 20;
    private static final int NOT_IMPLEMENTED = 501;
    private static final String CURRENT = "AWSCURRENT";

    private final ProviderId id;
    private final AwsClient client;
    private final VersionChecks checks = new VersionChecks();
    private final @Nullable String drillPath;
    private final List<String> hints;
    private final @Nullable EventQueue events;
    private volatile @Nullable Consumer<List<SecretPath>> listener;
    private volatile boolean batchAllowed = true;

    /**
     * Creates a provider.
     *
     * @param drillPath the canary's name, or null if there is none
     * @param hints unusual settings among the fields, for messages
     * @param events the queue with events about secrets, or null if there is none
     */
    AwsProvider(
            ProviderId id,
            AwsClient client,
            @Nullable String drillPath,
            List<String> hints,
            @Nullable EventQueue events) {
        this.id = id;
        this.client = client;
        this.drillPath = drillPath;
        this.hints = List.copyOf(hints);
        this.events = events;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        return SecretAddress.everySplit(new SecretPath(reference.path(), reference.version(), reference.stage()));
    }

    /**
     * Returns the size of a batch. Batches need their own permission; after a refusal, secrets are fetched one by one.
     */
    @Override
    public int batchSize() {
        return batchAllowed ? BATCH : 1;
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        Consumer<List<SecretPath>> told = listener;
        if (events != null && told != null) {
            requests.forEach(request -> events.asked(request.path()));
            events.follow(told);
        }
        Map<SecretPath, FetchResult> results = new HashMap<>();
        List<FetchRequest> current =
                requests.stream().filter(request -> isPlain(request.path())).toList();
        if (batchAllowed && current.size() > 1) {
            fetchBatch(current, results);
        }
        for (FetchRequest request : requests) {
            if (!results.containsKey(request.path())) {
                results.put(
                        request.path(), isUnchanged(request) ? new FetchResult.Unchanged(false) : fetchOne(request));
            }
        }
        return results;
    }

    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        if (!isPlain(path)) {
            return null;
        }
        FetchRequest previous = FetchRequest.of(new SecretPath(path.name(), null, "AWSPREVIOUS"), currentVersion);
        return fetchOne(previous) instanceof FetchResult.Found found ? found.version() : null;
    }

    @Override
    public List<String> versions(String name) throws ProviderException, InterruptedException {
        try {
            return List.copyOf(client.describe(DescribeSecretRequest.builder().secretId(name))
                    .versionIdsToStages()
                    .keySet());
        } catch (SecretsManagerException e) {
            throw AwsErrors.exception(e);
        }
    }

    /** Asks for an unused name: AWS checks the credentials before it answers "not found" or "not allowed". */
    @Override
    public void check() throws ProviderException, InterruptedException {
        OneByOne.check(NO_SECRET, this::fetchOne);
    }

    @Override
    public List<String> warnings() {
        String problem = events == null ? null : events.problem();
        if (problem == null) {
            return hints;
        }
        List<String> all = new ArrayList<>(hints);
        all.add("events.queue_url: " + problem + ". Until then changes are found when cache.ttl ends");
        return all;
    }

    @Override
    public void onChange(Consumer<List<SecretPath>> told) {
        listener = told;
    }

    @Override
    public long requestsSent() {
        return client.sent();
    }

    @Override
    public @Nullable Canary canary() {
        return drillPath == null ? null : new AwsCanary(client, drillPath);
    }

    @Override
    public SecretWriter writer() {
        return new AwsWriter(client);
    }

    @Override
    public void close() {
        if (events != null) {
            events.close();
        }
        client.close();
    }

    private static boolean isPlain(SecretPath path) {
        return path.version() == null && path.stage() == null;
    }

    /** Fetches secrets in one batch. Secrets missing from {@code results} are then fetched one by one. */
    private void fetchBatch(List<FetchRequest> requests, Map<SecretPath, FetchResult> results)
            throws ProviderException, InterruptedException {
        Map<String, FetchRequest> byName = requests.stream()
                .collect(Collectors.toMap(request -> request.path().name(), request -> request));
        BatchGetSecretValueResponse response;
        try {
            response = client.getBatch(BatchGetSecretValueRequest.builder().secretIdList(byName.keySet()));
        } catch (SecretsManagerException e) {
            ProviderException refusal = AwsErrors.exception(e);
            switch (refusal.kind()) {
                // Not allowed, or not supported by the server (an emulator, a proxy).
                case PERMISSION -> batchAllowed = false;
                // One malformed name makes the batch fail. Fetched one by one, only that name fails.
                case CONFIGURATION -> {}
                case UNAVAILABLE -> {
                    if (e.statusCode() != NOT_IMPLEMENTED) {
                        throw refusal;
                    }
                    batchAllowed = false;
                }
                case TIMEOUT, AUTHENTICATION, THROTTLED, INVALID_ANSWER -> throw refusal;
            }
            return;
        }
        for (SecretValueEntry entry : response.secretValues()) {
            FetchRequest request = byName.getOrDefault(entry.name(), byName.get(entry.arn()));
            if (request != null) {
                results.put(
                        request.path(),
                        found(
                                request,
                                entry.versionId(),
                                entry.createdDate(),
                                entry.secretString(),
                                entry.secretBinary()));
            }
        }
        for (APIErrorType error : response.errors()) {
            FetchRequest request = byName.get(error.secretId());
            if (request != null && error.errorCode() != null) {
                results.put(
                        request.path(),
                        AwsErrors.result(
                                error.errorCode(),
                                error.message(),
                                200,
                                request.path().name()));
            }
        }
    }

    /**
     * Returns whether the service says, without the value, that the known version is still the current one. For several
     * secrets a batch takes fewer calls, although it returns the values.
     */
    private boolean isUnchanged(FetchRequest request) throws ProviderException, InterruptedException {
        SecretPath path = request.path();
        String known = request.knownVersion();
        if (known == null || path.version() != null || !checks.allowed()) {
            return false;
        }
        String stage = path.stage() == null ? CURRENT : path.stage();
        try {
            DescribeSecretResponse described =
                    client.describe(DescribeSecretRequest.builder().secretId(path.name()));
            return described.deletedDate() == null
                    && described
                            .versionIdsToStages()
                            .getOrDefault(known, List.of())
                            .contains(stage);
        } catch (SecretsManagerException e) {
            ProviderException refusal = AwsErrors.exception(e);
            return switch (refusal.kind()) {
                case PERMISSION -> {
                    checks.refused();
                    yield false;
                }
                // Emulators also send this for an unknown operation.
                case CONFIGURATION, INVALID_ANSWER -> false;
                case UNAVAILABLE -> {
                    if (e.statusCode() != NOT_IMPLEMENTED) {
                        throw refusal;
                    }
                    checks.refused();
                    yield false;
                }
                case TIMEOUT, AUTHENTICATION, THROTTLED -> throw refusal;
            };
        }
    }

    private FetchResult fetchOne(FetchRequest request) throws ProviderException, InterruptedException {
        SecretPath path = request.path();
        try {
            GetSecretValueResponse response = client.get(GetSecretValueRequest.builder()
                    .secretId(path.name())
                    .versionId(path.version())
                    .versionStage(path.stage()));
            return found(
                    request,
                    response.versionId(),
                    response.createdDate(),
                    response.secretString(),
                    response.secretBinary());
        } catch (SecretsManagerException e) {
            FetchResult result = AwsErrors.result(e, path.name());
            if (result instanceof FetchResult.Failed(ProviderException cause)
                    && (cause.kind() == Kind.AUTHENTICATION
                            || cause.kind() == Kind.THROTTLED
                            || cause.kind() == Kind.UNAVAILABLE)) {
                throw cause;
            }
            return result;
        }
    }

    private static FetchResult found(
            FetchRequest request,
            @Nullable String version,
            @Nullable Instant created,
            @Nullable String text,
            @Nullable SdkBytes binary) {
        if (version != null && version.equals(request.knownVersion())) {
            return new FetchResult.Unchanged();
        }
        Secret whole = text != null ? Secret.ofUtf8(text) : binary != null ? Secret.owning(binary.asByteArray()) : null;
        if (version == null || whole == null) {
            return new FetchResult.Failed(new ProviderException(
                    Kind.INVALID_ANSWER, "the answer for '" + request.path().name() + "' lacks its version or value"));
        }
        return new FetchResult.Found(SecretVersion.of(version, created, SecretContent.ofWhole(whole)));
    }
}
