package dev.secretproviders.provider.vault;

import dev.secretproviders.provider.shared.JsonFields;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretVersion;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the answers of KV engines, and remembers with which metadata each value was read. Thread-safe. */
final class KvAnswers {
    private final KvMounts mounts;
    private final ContentDigester digester = new ContentDigester();
    private final KnownVersions versions = new KnownVersions(System::nanoTime);

    KvAnswers(KvMounts mounts) {
        this.mounts = mounts;
    }

    /** Returns the time for {@link #versioned}, before a request is sent. */
    long now() {
        return versions.now();
    }

    /** Returns the metadata that a version was read with, or null if they are not known. */
    KnownVersions.@Nullable Stamp stampOf(SecretPath path, String version) {
        return versions.stampOf(path, version);
    }

    /** Returns the readable version, or null if there is none or it is about to be deleted. */
    static KnownVersions.@Nullable Stamp currentVersion(JsonNode metadata) {
        int number = metadata.path("current_version").asInt(0);
        JsonNode version = metadata.path("versions").path(Integer.toString(number));
        Instant created = instant(version.path("created_time").asString(""));
        boolean ends = !version.path("deletion_time").asString("").isEmpty()
                || version.path("destroyed").asBoolean(true);
        return created == null || ends ? null : new KnownVersions.Stamp(number, created);
    }

    /** Returns what a version 2 engine answered with 200. {@code startedAt} is the {@link #now} before the request. */
    FetchResult versioned(JsonNode body, FetchRequest request, long startedAt) {
        JsonNode data = body.path("data").path("data");
        JsonNode metadata = body.path("data").path("metadata");
        String created = metadata.path("created_time").asString("");
        if (!data.isObject() || !metadata.path("version").isIntegralNumber()) {
            return failed(Kind.INVALID_ANSWER, "the answer is not that of a KV version 2 engine");
        }
        SecretContent content = content(data);
        Instant createdAt = instant(created);
        int number = metadata.path("version").asInt();
        String name = VersionName.of(number, digester.version(content));
        if (createdAt != null) {
            versions.read(request.path(), name, new KnownVersions.Stamp(number, createdAt), startedAt);
        }
        return found(request, SecretVersion.of(name, createdAt, content));
    }

    /** Returns what a version 1 engine answered with 200. */
    FetchResult unversioned(JsonNode body, FetchRequest request) {
        JsonNode data = body.path("data");
        // A version 1 engine refuses a secret without fields, so it never returns one.
        if (!data.isObject() || data.isEmpty()) {
            return failed(Kind.INVALID_ANSWER, "the answer is not that of a KV version 1 engine");
        }
        SecretContent content = content(data);
        return found(request, SecretVersion.of(digester.version(content), null, content));
    }

    private static FetchResult found(FetchRequest request, SecretVersion version) {
        if (version.id().equals(request.knownVersion())) {
            version.content().close();
            return new FetchResult.Unchanged();
        }
        return new FetchResult.Found(version);
    }

    /** Returns the result of a 404. A version 2 engine answers 404 with metadata for a deleted version. */
    FetchResult absent(KvMount mount, VaultPath secret, VaultReply reply) {
        JsonNode metadata = reply.data().path("metadata");
        if (mount.version() == KvVersion.V2 && metadata.path("version").isIntegralNumber()) {
            boolean destroyed = metadata.path("destroyed").asBoolean(false);
            return new FetchResult.Gone("version " + metadata.path("version").asInt(0) + " of '" + secret + "' was "
                    + (destroyed ? "destroyed" : "deleted"));
        }
        if (reply.saysMissing()) {
            return mounts.missing(secret);
        }
        return failed(
                Kind.CONFIGURATION,
                reply.saysVersioned()
                        ? "'" + secret + "' is in a KV version 2 engine; set kv_version to auto or kv-v2"
                        : mounts.notMounted(secret));
    }

    static FetchResult failed(Kind kind, String message) {
        return new FetchResult.Failed(new ProviderException(kind, message));
    }

    private static SecretContent content(JsonNode data) {
        return SecretContent.ofFields(JsonFields.of(data));
    }

    private static @Nullable Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
