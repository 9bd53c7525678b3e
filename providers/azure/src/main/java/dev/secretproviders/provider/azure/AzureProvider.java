package dev.secretproviders.provider.azure;

import com.azure.security.keyvault.secrets.models.KeyVaultSecret;
import com.azure.security.keyvault.secrets.models.SecretProperties;
import dev.secretproviders.provider.shared.OneByOne;
import dev.secretproviders.provider.shared.SecondLogin;
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
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets of Azure Key Vault. The first segment of a reference is the secret's name, the rest is a field of the
 * JSON object in it. Key Vault still returns expired versions; this provider treats them as withdrawn.
 */
final class AzureProvider implements SecretProvider {
    private final ProviderId id;
    private final AzureClient client;
    private final InstantSource clock;

    AzureProvider(ProviderId id, AzureClient client, InstantSource clock) {
        this.id = id;
        this.client = client;
        this.clock = clock;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        String path = reference.path();
        int slash = path.indexOf('/');
        String name = slash < 0 ? path : path.substring(0, slash);
        if (!name.matches("[A-Za-z0-9-]{1,127}")) {
            throw invalid(reference, path, "'" + name + "' is not a secret's name: letters, digits and '-' only");
        }
        String version = reference.version();
        if (version != null && !version.matches("[0-9a-fA-F]{32}")) {
            throw invalid(reference, "?", "expected the 32 digits of a version");
        }
        if (reference.stage() != null) {
            throw invalid(reference, "?", "Key Vault has no stages");
        }
        return List.of(SecretAddress.split(new SecretPath(path, version, null), slash));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        return OneByOne.fetch(requests, this::fetchOne);
    }

    /**
     * Returns the version before the current one. If that was disabled or has expired, neither it nor an earlier one is
     * accepted.
     */
    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        if (path.version() != null) {
            return null;
        }
        String previous = previous(listed(path.name()), currentVersion);
        if (previous == null) {
            return null;
        }
        SecretPath before = new SecretPath(path.name(), previous, null);
        return fetchOne(FetchRequest.of(before, null)) instanceof FetchResult.Found found ? found.version() : null;
    }

    @Override
    public List<String> versions(String name) throws ProviderException, InterruptedException {
        return listed(name).stream()
                .sorted(Comparator.comparing(AzureProvider::created).reversed())
                .map(SecretProperties::getVersion)
                .toList();
    }

    private List<SecretProperties> listed(String name) throws ProviderException, InterruptedException {
        try {
            return client.versions(name);
        } catch (RuntimeException e) {
            if (AzureErrors.result(e, name) instanceof FetchResult.Failed(ProviderException cause)
                    && cause.kind() != Kind.PERMISSION) {
                throw cause;
            }
            // Deleted meanwhile, or no permission to list: no previous version is known.
            return List.of();
        }
    }

    /** Asks for an unused name: Key Vault checks the token before it answers "not found" or "not allowed". */
    @Override
    public void check() throws ProviderException, InterruptedException {
        OneByOne.check(OneByOne.NO_SECRET, this::fetchOne);
    }

    @Override
    public void close() {
        client.close();
    }

    private FetchResult fetchOne(FetchRequest request) throws ProviderException, InterruptedException {
        client.prepare();
        return SecondLogin.ifRefused(client.timeout(), nanos -> ask(request, nanos), client::forgetLogin);
    }

    private FetchResult ask(FetchRequest request, long nanos) throws ProviderException, InterruptedException {
        SecretPath path = request.path();
        KeyVaultSecret secret;
        try {
            secret = client.get(path.name(), path.version(), nanos);
        } catch (RuntimeException e) {
            return AzureErrors.result(e, path.name()).ofOneSecret();
        }
        return found(request, secret);
    }

    private FetchResult found(FetchRequest request, @Nullable KeyVaultSecret secret) {
        String name = request.path().name();
        SecretProperties properties = secret == null ? null : secret.getProperties();
        String version = properties == null ? null : properties.getVersion();
        if (secret == null || properties == null || version == null || version.isEmpty() || secret.getValue() == null) {
            return new FetchResult.Failed(new ProviderException(
                    Kind.INVALID_ANSWER, "the answer for '" + name + "' lacks its version or value"));
        }
        if (Boolean.FALSE.equals(properties.isEnabled())) {
            return new FetchResult.Gone("the version of secret '" + name + "' is disabled");
        }
        OffsetDateTime expires = properties.getExpiresOn();
        if (expires != null && !clock.instant().isBefore(expires.toInstant())) {
            return new FetchResult.Gone("the version of secret '" + name + "' has expired");
        }
        OffsetDateTime begins = properties.getNotBefore();
        if (begins != null && clock.instant().isBefore(begins.toInstant())) {
            return new FetchResult.Missing("the version of secret '" + name + "' is not yet valid");
        }
        if (version.equals(request.knownVersion())) {
            return new FetchResult.Unchanged();
        }
        OffsetDateTime created = properties.getCreatedOn();
        return new FetchResult.Found(SecretVersion.of(
                version,
                created == null ? null : created.toInstant(),
                SecretContent.ofWhole(Secret.ofUtf8(secret.getValue()))));
    }

    private static @Nullable String previous(List<SecretProperties> versions, String currentVersion) {
        Instant current = versions.stream()
                .filter(version -> currentVersion.equals(version.getVersion()))
                .findFirst()
                .map(AzureProvider::created)
                .orElse(null);
        if (current == null) {
            return null;
        }
        return versions.stream()
                .filter(version -> !currentVersion.equals(version.getVersion()))
                .filter(version -> !created(version).isAfter(current))
                .max(Comparator.comparing(AzureProvider::created))
                .map(SecretProperties::getVersion)
                .orElse(null);
    }

    private static Instant created(SecretProperties version) {
        OffsetDateTime created = version.getCreatedOn();
        return created == null ? Instant.EPOCH : Objects.requireNonNull(created.toInstant());
    }

    private static InvalidReferenceException invalid(SecretReference reference, String at, String problem) {
        return new InvalidReferenceException(Math.max(0, reference.toString().indexOf(at)), problem);
    }
}
