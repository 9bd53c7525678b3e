package dev.secretproviders.provider.vault;

import dev.secretproviders.provider.shared.OneByOne;
import dev.secretproviders.provider.shared.VersionChecks;
import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.CertificateIssuer;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.SecretWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads KV secrets. The last segment of a path is the field, the rest the secret below the prefix. */
final class VaultProvider implements SecretProvider {
    private final VaultObject object;
    private final VaultPath prefix;
    private final VaultReads reads;
    private final KvMounts mounts;
    private final KvAnswers answers;
    private final VersionChecks checks = new VersionChecks();

    /** Creates a provider. */
    VaultProvider(VaultObject object, VaultReads reads, KvMounts mounts) {
        this.object = object;
        this.prefix = object.prefix();
        this.reads = reads;
        this.mounts = mounts;
        this.answers = new KvAnswers(mounts);
    }

    @Override
    public ProviderId id() {
        return object.id();
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        String text = reference.toString();
        String path = reference.path();
        int slash = path.lastIndexOf('/');
        if (slash < 0) {
            throw new InvalidReferenceException(
                    text.length(), "expected '/' and the field of the secret, as in secret-path/field");
        }
        if (reference.stage() != null) {
            throw new InvalidReferenceException(text.indexOf("stage="), "Vault has no stages; use version=");
        }
        String version = reference.version();
        if (version != null && !version.matches("[1-9][0-9]{0,8}")) {
            throw new InvalidReferenceException(
                    text.indexOf("version=") + "version=".length(), "expected the number of a version");
        }
        return List.of(SecretAddress.split(new SecretPath(path, version, null), slash));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        return OneByOne.fetch(requests, this::fetch);
    }

    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        int number = VersionName.number(currentVersion);
        if (number <= 1) {
            return null;
        }
        SecretPath previous = new SecretPath(path.name(), Integer.toString(number - 1), null);
        return fetch(FetchRequest.of(previous, null)) instanceof FetchResult.Found found ? found.version() : null;
    }

    /** Returns the numbers of all versions, including deleted and destroyed ones. */
    @Override
    public List<String> versions(String name) throws ProviderException, InterruptedException {
        VaultPath secret = prefix.resolve(VaultPath.of(name));
        KvMount mount = mounts.known(secret);
        if (mount == null || mount.version() != KvVersion.V2) {
            return List.of();
        }
        return reads.unverified(mount.metadataPath(secret)).data().path("versions").propertyNames().stream()
                .sorted(Comparator.comparingInt(VersionName::number).reversed())
                .toList();
    }

    /** Logs in if necessary, and looks the token up. */
    @Override
    public void check() throws ProviderException, InterruptedException {
        switch (reads.session().lookup()) {
            case VaultClient.Lookup.Lives _ -> {}
            case VaultClient.Lookup.Refused _ ->
                throw new ProviderException(
                        Kind.AUTHENTICATION,
                        "the token is not accepted, or its policies lack auth/token/lookup-self; name a path to tell which");
            case VaultClient.Lookup.Untold(String why, boolean byVault) -> {
                if (!byVault) {
                    throw new ProviderException(
                            Kind.INVALID_ANSWER,
                            "looking up the token: " + why
                                    + "; check uri, or name a path to see whether secrets can be read");
                }
            }
        }
    }

    @Override
    public List<String> warnings() {
        String ofTheToken = reads.session().warning();
        return ofTheToken == null
                ? object.hints()
                : Stream.concat(object.hints().stream(), Stream.of(ofTheToken)).toList();
    }

    @Override
    public long requestsSent() {
        return reads.client().sent();
    }

    @Override
    public @Nullable Canary canary() {
        return object.drillPath() == null ? null : new VaultCanary(object.drillPath());
    }

    @Override
    public @Nullable CertificateIssuer issuer() {
        return object.pki() == null ? null : new PkiIssuer(reads, object.pki());
    }

    @Override
    public SecretWriter writer() {
        return new KvWriter(reads, mounts, prefix);
    }

    @Override
    public void close() {
        reads.session().close();
    }

    private final class VaultCanary implements Canary {
        private final String path;

        VaultCanary(String path) {
            this.path = path;
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public void write(Secret value) throws ProviderException, InterruptedException {
            VaultPath secret = prefix.resolve(VaultPath.of(path));
            reads.client().write(reads.session().lease().token(), mounts.require(secret), secret, FIELD, value);
        }
    }

    private FetchResult fetch(FetchRequest request) throws ProviderException, InterruptedException {
        VaultPath secret = prefix.resolve(VaultPath.of(request.path().name()));
        KvMount known = mounts.known(secret);
        if (known != null) {
            FetchResult result = ask(known, secret, request);
            if (mounts.versionIsConfigured() || !mayBeWrongMount(result)) {
                return result;
            }
            mounts.forget(known);
            if (mounts.find(secret) instanceof KvMounts.Found.At(KvMount found) && !found.equals(known)) {
                return ask(found, secret, request);
            }
            mounts.keep(known);
            return result;
        }
        return switch (mounts.find(secret)) {
            case KvMounts.Found.At(KvMount mount) -> ask(mount, secret, request);
            case KvMounts.Found.Nowhere(FetchResult why) -> why;
        };
    }

    private static boolean mayBeWrongMount(FetchResult result) {
        return switch (result) {
            case FetchResult.Missing missing -> true;
            case FetchResult.Failed failed -> true;
            case FetchResult.Found found -> false;
            case FetchResult.Unchanged unchanged -> false;
            case FetchResult.Gone gone -> false;
        };
    }

    private FetchResult ask(KvMount mount, VaultPath secret, FetchRequest request)
            throws ProviderException, InterruptedException {
        String pinned = request.path().version();
        if (mount.version() == KvVersion.V1 && pinned != null) {
            return KvAnswers.failed(
                    Kind.CONFIGURATION, "'" + secret + "' is in a KV version 1 engine, which keeps no versions");
        }
        Check check = check(mount, secret, request);
        if (check == Check.UNCHANGED) {
            return new FetchResult.Unchanged(false);
        }
        long startedAt = answers.now();
        VaultReply reply = reads.read(mount.readPath(secret), pinned);
        if (check == Check.REFUSED && reply.status() == 200) {
            // The token is valid and may read the value; it lacks only this permission.
            checks.refused();
        }
        return switch (reply.status()) {
            case 200 ->
                switch (mount.version()) {
                    case V1 -> answers.unversioned(reply.body(), request);
                    case V2 -> answers.versioned(reply.body(), request, startedAt);
                };
            case 404 -> answers.absent(mount, secret, reply);
            case 403 -> KvAnswers.failed(Kind.PERMISSION, "the token may not read '" + mount.readPath(secret) + "'");
            default ->
                KvAnswers.failed(
                        // An engine answers 400 while it is being upgraded to version 2.
                        reply.status() == 400 ? Kind.UNAVAILABLE : Kind.CONFIGURATION,
                        "Vault answered " + reply.status() + " to reading '" + mount.readPath(secret) + "'");
        };
    }

    /** The result of a check of the metadata. Anything but {@link #UNCHANGED} requires a read of the value. */
    private enum Check {
        UNCHANGED,
        CANNOT_TELL,
        REFUSED
    }

    private Check check(KvMount mount, VaultPath secret, FetchRequest request)
            throws ProviderException, InterruptedException {
        String knownVersion = request.knownVersion();
        if (knownVersion == null
                || mount.version() != KvVersion.V2
                || !request.path().followsRotation()
                || !checks.allowed()) {
            return Check.CANNOT_TELL;
        }
        KnownVersions.Stamp known = answers.stampOf(request.path(), knownVersion);
        if (known == null) {
            return Check.CANNOT_TELL;
        }
        VaultReply reply = reads.unverified(mount.metadataPath(secret));
        return switch (reply.status()) {
            case 200 ->
                known.equals(KvAnswers.currentVersion(reply.body().path("data"))) ? Check.UNCHANGED : Check.CANNOT_TELL;
            // The token may be invalid; the value is read with a valid one.
            case 403 -> Check.REFUSED;
            default -> Check.CANNOT_TELL;
        };
    }
}
