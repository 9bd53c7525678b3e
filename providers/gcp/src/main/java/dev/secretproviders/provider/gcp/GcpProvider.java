package dev.secretproviders.provider.gcp;

import com.google.api.gax.rpc.ApiException;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretPayload;
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
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets of Google Cloud Secret Manager. The first segment of a reference is the secret's name, the rest is a
 * field of the JSON object in it (like {@code apisix/secret/gcp.lua}). A version is a number; a stage is an alias of a
 * version.
 */
final class GcpProvider implements SecretProvider {
    private static final String LATEST = "latest";

    private final ProviderId id;
    private final String project;
    private final GcpClient client;

    GcpProvider(ProviderId id, String project, GcpClient client) {
        this.id = id;
        this.project = project;
        this.client = client;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        String path = reference.path();
        if (path.matches("projects/[^/]+/secrets/.+")) {
            throw invalid(
                    reference,
                    "expected the secret's name alone, without projects/.../secrets/ before it; the project is that of the"
                            + " provider, and a version is written ?version=3");
        }
        int slash = path.indexOf('/');
        String name = slash < 0 ? path : path.substring(0, slash);
        if (!name.matches("[A-Za-z0-9_-]{1,255}")) {
            throw invalid(reference, "'" + name + "' is not a secret's name: letters, digits, '-' and '_' only");
        }
        String version = reference.version();
        if (version != null && !version.matches("[1-9][0-9]{0,17}")) {
            throw invalid(reference, "expected the number of a version, such as version=3");
        }
        String stage = reference.stage();
        if (stage != null && (version != null || !stage.matches("[A-Za-z][A-Za-z0-9_-]{0,62}"))) {
            throw invalid(reference, "expected the alias of a version, such as stage=stable, and no version");
        }
        SecretPath secret = new SecretPath(path, version, LATEST.equals(stage) ? null : stage);
        return List.of(SecretAddress.split(secret, slash));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        return OneByOne.fetch(requests, this::fetchOne);
    }

    /**
     * Returns the version before the current one, by number. If that was disabled or destroyed, neither it nor an
     * earlier one is accepted.
     */
    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        if (path.version() != null || path.stage() != null || !currentVersion.matches("[0-9]{1,18}")) {
            return null;
        }
        long previous = Long.parseLong(currentVersion) - 1;
        if (previous < 1) {
            return null;
        }
        SecretPath before = new SecretPath(path.name(), Long.toString(previous), null);
        return fetchOne(FetchRequest.of(before, null)) instanceof FetchResult.Found found ? found.version() : null;
    }

    /** Asks for an unused name: the service checks the token before it answers "not found" or "not allowed". */
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
        String version = path.version() != null ? path.version() : path.stage() != null ? path.stage() : LATEST;
        AccessSecretVersionResponse response;
        try {
            response = client.access("projects/" + project + "/secrets/" + path.name() + "/versions/" + version, nanos);
        } catch (ApiException e) {
            return GcpErrors.result(e, path.name()).ofOneSecret();
        }
        return found(request, response);
    }

    private static FetchResult found(FetchRequest request, AccessSecretVersionResponse response) {
        String resource = response.getName();
        String version = resource.substring(resource.lastIndexOf('/') + 1);
        if (!version.matches("[0-9]{1,18}") || !response.hasPayload()) {
            return invalid(request, "lacks its version or value");
        }
        if (version.equals(request.knownVersion())) {
            return new FetchResult.Unchanged();
        }
        SecretPayload payload = response.getPayload();
        byte[] value = payload.getData().toByteArray();
        CRC32C checksum = new CRC32C();
        checksum.update(value);
        if (payload.hasDataCrc32C() && payload.getDataCrc32C() != checksum.getValue()) {
            return invalid(request, "was damaged in transit (checksum)");
        }
        // The answer has no creation time, and reading it needs another permission.
        return new FetchResult.Found(SecretVersion.of(version, null, SecretContent.ofWhole(Secret.owning(value))));
    }

    private static InvalidReferenceException invalid(SecretReference reference, String problem) {
        String text = reference.toString();
        return new InvalidReferenceException(Math.max(0, text.indexOf(reference.path())), problem);
    }

    private static FetchResult invalid(FetchRequest request, String what) {
        return new FetchResult.Failed(new ProviderException(
                Kind.INVALID_ANSWER, "the answer for '" + request.path().name() + "' " + what));
    }
}
