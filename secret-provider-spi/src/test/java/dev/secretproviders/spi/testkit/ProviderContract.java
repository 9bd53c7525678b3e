package dev.secretproviders.spi.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.SecretWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The suite that every provider passes, the runner's own included. Extend it, say how a secret is written and deleted, and each
 * promise of {@link SecretProvider} is tested against the manager, or a stand-in that answers as the manager does:
 *
 * <pre>{@code
 * class ShelfProviderTest extends ProviderContract {
 *     private final ShelfServer shelf = ShelfServer.start();
 *     private final SecretProvider provider = new ShelfProvider(shelf.address());
 *
 *     protected SecretProvider provider() { return provider; }
 *     protected void write(String name, Map<String, String> fields) { shelf.put(name, json(fields)); }
 *     protected void delete(String name) { shelf.remove(name); }
 *     protected String reference(String name, String field) { return "$secret://shelf/test/" + name + "/" + field; }
 * }
 * }</pre>
 *
 * <p>A manager without fields stores them as one JSON object, which {@link SecretContent#ofWhole} then holds as the runner would read it.
 * The names of secrets are upper-case letters.
 */
public abstract class ProviderContract {
    private static final String CANARY = "canary-5f1d0c";

    /** For subclasses. */
    protected ProviderContract() {}

    /** Returns the provider under test, the same one each time within a test. */
    protected abstract SecretProvider provider();

    /** Writes the secret {@code name}, all fields at once, as a new version where there is one. Called from two threads. */
    protected abstract void write(String name, Map<String, String> fields) throws Exception;

    /** Deletes the secret {@code name}. */
    protected abstract void delete(String name) throws Exception;

    /** Returns a reference to a field of a secret, as an operator would write it. */
    protected abstract String reference(String name, String field);

    @Test
    void secretThatExistsIsFound() throws Exception {
        write("FOUND", Map.of("key", "value-1"));

        assertThat(value(provider(), reference("FOUND", "key"))).isEqualTo("value-1");
    }

    @Test
    void everyRequestHasAnAnswer() throws Exception {
        write("FIRST", Map.of("key", "value-1"));
        write("SECOND", Map.of("key", "value-2"));
        List<FetchRequest> requests = new ArrayList<>();
        for (String name : List.of("FIRST", "SECOND", "NOWHERE")) {
            SecretReference reference = SecretReference.parse(reference(name, "key"));
            requests.add(
                    FetchRequest.of(provider().addresses(reference).getFirst().path(), null));
        }

        for (int from = 0; from < requests.size(); from += provider().batchSize()) {
            List<FetchRequest> batch = requests.subList(
                    from, Math.min(requests.size(), from + provider().batchSize()));
            assertThat(provider().fetch(batch).keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            batch.stream().map(FetchRequest::path).toList());
        }
    }

    @Test
    void valueKeepsEveryCharacter() throws Exception {
        String value = "ä漢\uD83D\uDD11 \"quoted\" \\ $secret://vault/prod/a/b";
        write("UNICODE", Map.of("key", value));

        assertThat(value(provider(), reference("UNICODE", "key"))).isEqualTo(value);
    }

    @Test
    void secretThatIsNotThereIsMissing() throws Exception {
        assertThat(resolve(provider(), reference("NOWHERE", "key"))).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void fieldThatIsNotThereHasNoValue() throws Exception {
        write("FIELDS", Map.of("key", "value-1"));

        assertThat(value(provider(), reference("FIELDS", "other"))).isNull();
    }

    @Test
    void rotatedSecretHasAnotherVersionAndItsNewValue() throws Exception {
        write("ROTATED", Map.of("key", "value-1"));
        String before = version(reference("ROTATED", "key"));

        write("ROTATED", Map.of("key", "value-2"));

        assertThat(version(reference("ROTATED", "key"))).isNotEqualTo(before);
        assertThat(value(provider(), reference("ROTATED", "key"))).isEqualTo("value-2");
    }

    @Test
    void versionThatIsKnownIsUnchanged() throws Exception {
        write("KNOWN", Map.of("key", "value-1"));
        String version = version(reference("KNOWN", "key"));

        assertThat(ask(provider(), reference("KNOWN", "key"), version)).isInstanceOf(FetchResult.Unchanged.class);
        write("KNOWN", Map.of("key", "value-2"));
        assertThat(ask(provider(), reference("KNOWN", "key"), version)).isInstanceOf(FetchResult.Found.class);
    }

    @Test
    void writerCreatesASecretOnceAndChangesNoOther() throws Exception {
        SecretWriter writer = provider().writer();
        if (writer == null) {
            return;
        }
        String value = "ä漢\uD83D\uDD11 \"quoted\" \\ $secret";
        try (Secret first = Secret.ofUtf8(value);
                Secret second = Secret.ofUtf8("value-2")) {
            String name = nameOf("CREATED");

            assertThat(writer.create(name, "key", first)).isEqualTo(SecretWriter.Outcome.CREATED);
            assertThat(value(provider(), reference("CREATED", "key"))).isEqualTo(value);
            assertThat(writer.create(name, "key", second)).isEqualTo(SecretWriter.Outcome.EXISTS);
            assertThat(value(provider(), reference("CREATED", "key"))).isEqualTo(value);

            write("OTHERS", Map.of("other", "value-3"));
            assertThat(writer.create(nameOf("OTHERS"), "key", first)).isEqualTo(SecretWriter.Outcome.EXISTS);
            assertThat(value(provider(), reference("OTHERS", "key"))).isNull();
            assertThat(value(provider(), reference("OTHERS", "other"))).isEqualTo("value-3");
        }
    }

    /** Returns the name of a secret of which a field {@code key} may be referred to. */
    private String nameOf(String name) {
        return provider().addresses(SecretReference.parse(reference(name, "key"))).stream()
                .filter(address -> "key".equals(address.field()))
                .findFirst()
                .orElseThrow()
                .path()
                .name();
    }

    @Test
    void deletedSecretIsDeniedAtOnce() throws Exception {
        write("DELETED", Map.of("key", "value-1"));
        assertThat(value(provider(), reference("DELETED", "key"))).isEqualTo("value-1");

        delete("DELETED");

        assertThat(resolve(provider(), reference("DELETED", "key")))
                .isInstanceOfAny(FetchResult.Missing.class, FetchResult.Gone.class);
    }

    /** A user name and a password of different versions would not fit. */
    @Test
    void allFieldsComeFromOneVersion() throws Exception {
        write("PAIR", Map.of("user", "u0", "password", "p0"));
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 1; !done.get(); i++) {
                try {
                    write("PAIR", Map.of("user", "u" + i, "password", "p" + i));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            SecretAddress address = fieldAddress(provider(), SecretReference.parse(reference("PAIR", "user")));
            for (int i = 0; i < 50; i++) {
                FetchResult result = fetch(provider(), address.path(), null);
                if (result instanceof FetchResult.Found(SecretVersion version)) {
                    String user = text(version, userField(address));
                    String password = text(version, userField(address).replace("user", "password"));
                    assertThat(Objects.requireNonNull(user).substring(1))
                            .isEqualTo(Objects.requireNonNull(password).substring(1));
                }
            }
        } finally {
            done.set(true);
            writer.join();
        }
    }

    @Test
    void nothingThatIsPrintedHoldsTheSecret() throws Exception {
        write("CANARY", Map.of("key", CANARY));

        assertThat(resolve(provider(), reference("CANARY", "key")).toString()).doesNotContain(CANARY);
        assertThat(resolve(provider(), reference("CANARY", "none")).toString()).doesNotContain(CANARY);
        assertThat(version(reference("CANARY", "key"))).doesNotContain(CANARY);
        assertThat(provider().toString()).doesNotContain(CANARY);
    }

    /** Returns the value that a reference stands for, or null if there is none. */
    public static @Nullable String value(SecretProvider provider, String reference) throws Exception {
        for (SecretAddress address : provider.addresses(SecretReference.parse(reference))) {
            if (fetch(provider, address.path(), null) instanceof FetchResult.Found(SecretVersion version)) {
                return text(version, address.field());
            }
        }
        return null;
    }

    /** Returns the answer about the first secret that the reference may mean and that is not missing. */
    public static FetchResult resolve(SecretProvider provider, String reference) throws Exception {
        return ask(provider, reference, null);
    }

    /** Like {@link #resolve}, with a known version. */
    public static FetchResult ask(SecretProvider provider, String reference, @Nullable String knownVersion)
            throws Exception {
        FetchResult last = new FetchResult.Missing("no address");
        for (SecretAddress address : provider.addresses(SecretReference.parse(reference))) {
            last = fetch(provider, address.path(), knownVersion);
            if (!(last instanceof FetchResult.Missing)) {
                return last;
            }
        }
        return last;
    }

    /** Fetches one secret. */
    public static FetchResult fetch(SecretProvider provider, SecretPath path, @Nullable String knownVersion)
            throws Exception {
        return Objects.requireNonNull(
                provider.fetch(List.of(FetchRequest.of(path, knownVersion))).get(path));
    }

    /** Returns the text of a field as the runner finds it, also in a whole that is a JSON object; null if there is none. */
    public static @Nullable String text(SecretVersion version, @Nullable String field) {
        SecretContent content = version.content();
        Secret value = content.value(field);
        if (value != null) {
            return value.reveal();
        }
        Secret whole = content.value(null);
        return whole == null || field == null ? null : Json.text(whole, field);
    }

    /** Apart, so that managers with fields need no Jackson. */
    private static final class Json {
        private static final JsonMapper MAPPER = new JsonMapper();

        static @Nullable String text(Secret whole, String field) {
            try {
                JsonNode value = whole.use(MAPPER::readTree).path(field);
                return value.isValueNode() && !value.isNull() ? value.asString() : null;
            } catch (JacksonException e) {
                return null;
            }
        }
    }

    private String version(String reference) throws Exception {
        FetchResult result = resolve(provider(), reference);
        assertThat(result).isInstanceOf(FetchResult.Found.class);
        return ((FetchResult.Found) result).version().id();
    }

    private static String userField(SecretAddress address) {
        return Objects.requireNonNull(address.field());
    }

    private static SecretAddress fieldAddress(SecretProvider provider, SecretReference reference) throws Exception {
        for (SecretAddress address : provider.addresses(reference)) {
            if (fetch(provider, address.path(), null) instanceof FetchResult.Found) {
                return address;
            }
        }
        throw new AssertionError("not found: " + reference);
    }
}
