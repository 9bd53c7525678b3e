package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ConsumerTableTest {
    private static final String CANARY = "c4n4ry-k3y-of-jack";

    private final KeyDigester digester = new KeyDigester();
    private final ConsumerTable table = new ConsumerTable(digester, null);

    @Test
    void keyInTheConsumerItselfIsACredentialWithoutId() {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}");

        assertThat(consumer("jack")).isEqualTo(new Consumer("jack", null, List.of(literal(null, "auth-one"))));
        assertThat(problems()).isEmpty();
    }

    @Test
    void separateCredentialsFollowTheInlineOne() {
        put("jack/credentials/b", "{'id': 'b', 'plugins': {'key-auth': {'key': 'auth-b'}}}");
        put("jack/credentials/a", "{'id': 'a', 'plugins': {'key-auth': {'key': 'auth-a'}}}");
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}");

        assertThat(consumer("jack").credentials())
                .containsExactly(literal(null, "auth-one"), literal("a", "auth-a"), literal("b", "auth-b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jack jack rose",
                "jack rose jack",
                "rose jack jack",
                "jack rose -jack jack",
                "a b c b jack rose jack"
            })
    void consumerThatArrivesTwiceIsReplacedInWhateverOrderTheyCome(String order) {
        Map<String, String> keys = new HashMap<>();
        for (String name : order.split(" ", -1)) {
            if (name.startsWith("-")) {
                table.remove(name.substring(1));
                keys.remove(name.substring(1));
            } else {
                String key = "key-of-" + name + "-after-" + keys;
                put(name, "{'username': '" + name + "', 'plugins': {'key-auth': {'key': '" + key + "'}}}");
                keys.put(name, key);
            }
        }

        assertThat(table.snapshot().consumers()).hasSameSizeAs(keys);
        keys.forEach((name, key) -> assertThat(consumer(name).credentials()).containsExactly(literal(null, key)));
    }

    @Test
    void credentialsThatArriveTogetherReplaceOnlyThoseWithTheirIds() {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}");
        put("jack/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-a'}}}");
        put("jack/credentials/c", "{'plugins': {'key-auth': {'key': 'auth-c'}}}");
        put("rose/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-rose'}}}");
        put("jack/credentials/b", "{'plugins': {'key-auth': {'key': 'auth-b'}}}");
        put("jack/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-new'}}}");
        table.remove("jack/credentials/c");
        put("rose", "{'username': 'rose'}");

        assertThat(consumer("jack").credentials())
                .containsExactly(literal(null, "auth-one"), literal("a", "auth-new"), literal("b", "auth-b"));
        assertThat(consumer("rose").credentials()).containsExactly(literal("a", "auth-rose"));
        assertThat(problems()).isEmpty();
    }

    @Test
    void whatWasKnownIsNotKeptOnceEverythingWasReadAgain() {
        String jack = "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}";
        put("jack", jack);
        Consumer before = consumer("jack");
        ConsumerTable again = table.again();
        again.done();

        again.put("jack", json(jack));

        assertThat(again.snapshot().consumers().get("jack")).isEqualTo(before).isNotSameAs(before);
    }

    @Test
    void consumerWithoutCredentialsStillExists() {
        put("guest", "{'username': 'guest', 'plugins': {'ldap-auth': {'user_dn': 'cn=g'}}}");

        assertThat(consumer("guest")).isEqualTo(new Consumer("guest", null, List.of()));
        assertThat(problems()).isEmpty();
    }

    @Test
    void labelCustomIdIsKept() {
        put("jack", "{'username': 'jack', 'labels': {'custom_id': '495aec6a', 'team': 'x'}}");
        put("rose", "{'username': 'rose', 'labels': {'custom_id': 7}}");

        assertThat(consumer("jack").customId()).isEqualTo("495aec6a");
        assertThat(consumer("rose").customId()).isNull();
    }

    @Test
    void labelsOfACredentialAndOfItsConsumerBoundIt() {
        put("jack", "{'username': 'jack', 'labels': {'expires_at': '2000'}, 'plugins': {'key-auth': {'key': 'one'}}}");
        put("jack/credentials/a", "{'labels': {'not_before': '1000'}, 'plugins': {'key-auth': {'key': 'auth-a'}}}");
        put("jack/credentials/b", "{'labels': {'expires_at': '1500'}, 'plugins': {'key-auth': {'key': 'auth-b'}}}");

        assertThat(consumer("jack").credentials().stream().map(Credential::validity))
                .containsExactly(
                        new Validity(Long.MIN_VALUE, 2_000_000, false, null),
                        new Validity(1_000_000, 2_000_000, false, null),
                        new Validity(Long.MIN_VALUE, 1_500_000, false, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'disabled': true",
                "'disabled': 'true'",
                "'disabled': null",
                "'expires_at': []",
                "'expires_at': 5"
            })
    void labelThatIsNoStringDoesNotGoUnnoticed(String label) {
        put("jack/credentials/a", "{'labels': {" + label + "}, 'plugins': {'key-auth': {'key': 'auth-a'}}}");
        put("jack", "{'username': 'jack'}");

        assertThat(consumer("jack").credentials().getFirst().validity().at(System.currentTimeMillis()))
                .isNotEqualTo(Validity.State.VALID);
        assertThat(problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$secret://vault/prod/jack/auth-key", "$env://JACK_KEY", "$ENV://JACK_KEY"})
    void referenceStaysAReference(String reference) {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': '" + reference + "'}}}");

        assertThat(consumer("jack").credentials())
                .containsExactly(
                        new Credential.KeyAuth(null, new CredentialText.Referenced(SecretReference.parse(reference))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$secret://",
                "$secret://vault",
                "$secret://vault/prod/../x",
                "$SECRET://vault/prod/jack/key",
                "$env://"
            })
    void malformedReferenceIsReportedAndNeverALiteral(String reference) {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': '" + reference + "'}}}");
        put("jack/credentials/one", "{'plugins': {'key-auth': {'key': '" + reference + "'}}}");

        assertThat(consumer("jack").credentials()).isEmpty();
        assertThat(problems())
                .extracting(ConsumerProblem::resource)
                .containsExactly("consumers/jack", "consumers/jack/credentials/one");
        assertThat(problems())
                .allSatisfy(problem -> assertThat(problem.problem()).startsWith("plugins.key-auth.key: "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{'key': ''}", "{'key': 7}", "{'key': null}", "{'key': ['auth-one']}", "'auth-one'"})
    void keyThatIsNoTextIsReported(String configuration) {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': " + configuration + "}}");

        assertThat(consumer("jack").credentials()).isEmpty();
        assertThat(problems())
                .containsExactly(new ConsumerProblem(
                        "consumers/jack", "plugins.key-auth.key: expected a string that is not empty"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[]", "'jack'", "null", "{}", "{'username': ''}", "{'username': 7}", "{'username': 'rose'}"})
    void objectThatIsNoConsumerIsReportedAndStopsNoOther(String object) {
        put("jack", object);
        put("john", "{'username': 'john', 'plugins': {'key-auth': {'key': 'auth-john'}}}");

        assertThat(table.snapshot().consumers()).containsOnlyKeys("john");
        assertThat(problems()).extracting(ConsumerProblem::resource).containsExactly("consumers/jack");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jack/credentials", "jack/credentials/one/two", "jack/other/one", "jack/"})
    void objectAtAStrangePlaceIsReported(String place) {
        put(place, "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}");

        assertThat(table.snapshot().consumers()).isEmpty();
        assertThat(problems()).extracting(ConsumerProblem::resource).containsExactly("consumers/" + place);
    }

    @Test
    void credentialWithoutConsumerIsReportedUntilTheConsumerComes() {
        put("jack/credentials/one", "{'plugins': {'key-auth': {'key': 'auth-one'}}}");

        assertThat(table.snapshot().consumers()).isEmpty();
        assertThat(problems())
                .containsExactly(
                        new ConsumerProblem("consumers/jack/credentials", "there is no consumer 'jack'; create it"));

        put("jack", "{'username': 'jack'}");

        assertThat(consumer("jack").credentials()).containsExactly(literal("one", "auth-one"));
        assertThat(problems()).isEmpty();
    }

    @Test
    void removedCredentialIsGoneAndTheOthersStay() {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}");
        put("jack/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-a'}}}");
        put("jack/credentials/b", "{'plugins': {'key-auth': {'key': 'auth-b'}}}");

        table.remove("jack/credentials/a");

        assertThat(consumer("jack").credentials()).containsExactly(literal(null, "auth-one"), literal("b", "auth-b"));
    }

    @Test
    void removedConsumerTakesItsCredentialsOutOfForce() {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'auth-one'}}}");
        put("jack/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-a'}}}");

        table.remove("jack");
        assertThat(table.snapshot().consumers()).isEmpty();

        table.remove("jack/credentials/a");
        assertThat(table.snapshot()).isEqualTo(ConsumerSnapshot.EMPTY);
    }

    @Test
    void whatIsReadAgainReplacesEverythingAndKeepsWhatIsEqual() {
        put("jack", "{'username': 'jack'}");
        put("jack/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-a'}}}");
        put("rose", "{'username': 'rose'}");
        put("zoe", "{'username': 'zoe', 'plugins': {'key-auth': {'key': 'auth-zoe'}}}");
        put("zoe/credentials/z", "{'plugins': {'key-auth': {'key': 'auth-z'}}}");
        ConsumerSnapshot before = table.snapshot();

        ConsumerTable again = table.again();
        again.put("zoe/credentials/z", json("{'plugins': {'key-auth': {'key': 'auth-z'}}}"));
        again.put("jack", json("{'username': 'jack'}"));
        again.put("zoe", json("{'username': 'zoe', 'plugins': {'key-auth': {'key': 'auth-zoe'}}}"));
        ConsumerSnapshot now = again.snapshot();

        assertThat(now.consumers()).containsOnlyKeys("jack", "zoe");
        assertThat(consumer(now, "jack").credentials()).isEmpty();
        assertThat(consumer(now, "zoe")).isSameAs(consumer(before, "zoe"));
        List<String> changed = new ArrayList<>();
        now.changes(
                before,
                (old, consumer) -> changed.add(
                        (old == null ? "" : old.username()) + ">" + (consumer == null ? "" : consumer.username())));
        assertThat(changed).containsExactlyInAnyOrder("jack>jack", "rose>");
    }

    @Test
    void snapshotStaysAsItWasWhenTheTableChanges() {
        put("jack", "{'username': 'jack'}");
        ConsumerSnapshot before = table.snapshot();
        put("rose", "{'username': 'rose'}");
        table.remove("jack");

        assertThat(before.consumers()).containsOnlyKeys("jack");
        assertThat(table.snapshot().consumers()).containsOnlyKeys("rose");
    }

    @Test
    void credentialsOfAConsumerThatGoesWaitForItsReturn() {
        put("jack", "{'username': 'jack'}");
        put("jack/credentials/a", "{'plugins': {'key-auth': {'key': 'auth-a'}}}");
        table.remove("jack");
        assertThat(problems()).extracting(ConsumerProblem::resource).containsExactly("consumers/jack/credentials");

        put("jack", "{'username': 'jack'}");

        assertThat(consumer("jack").credentials()).containsExactly(literal("a", "auth-a"));
        assertThat(problems()).isEmpty();
    }

    @Test
    void replacedObjectLeavesNothingOfTheOldOne() {
        put("jack", "{'username': 'jack', 'labels': {'custom_id': '1'}, 'plugins': {'key-auth': {'key': 'old'}}}");

        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'new'}}}");
        assertThat(consumer("jack")).isEqualTo(new Consumer("jack", null, List.of(literal(null, "new"))));

        table.putUnreadable("jack", "not well-formed");
        assertThat(table.snapshot().consumers()).isEmpty();
        assertThat(problems()).containsExactly(new ConsumerProblem("consumers/jack", "not well-formed"));
    }

    @Test
    void encryptedKeysAndReferencesAreDecrypted() throws GeneralSecurityException {
        String key = Keyring.DEFAULT_KEYS.getFirst();
        ConsumerTable encrypted = encrypted();
        encrypted.put(
                "jack", json("{'username': 'jack', 'plugins': {'key-auth': {'key': '" + KeyringTest.BAR + "'}}}"));
        encrypted.put(
                "rose",
                json("{'username': 'rose', 'plugins': {'key-auth': {'key': '"
                        + KeyringTest.encrypt(key, "$secret://vault/prod/rose/key") + "'}}}"));
        encrypted.put(
                "void",
                json("{'username': 'void', 'plugins': {'key-auth': {'key': '" + KeyringTest.encrypt(key, "") + "'}}}"));

        ConsumerSnapshot snapshot = encrypted.snapshot();

        assertThat(consumer(snapshot, "jack").credentials()).containsExactly(literal(null, "bar"));
        assertThat(consumer(snapshot, "rose").credentials())
                .containsExactly(new Credential.KeyAuth(
                        null, new CredentialText.Referenced(SecretReference.parse("$secret://vault/prod/rose/key"))));
        assertThat(consumer(snapshot, "void").credentials()).isEmpty();
        assertThat(snapshot.problems())
                .containsExactly(
                        new ConsumerProblem("consumers/void", "plugins.key-auth.key: is encrypted, but empty"));
    }

    private static final String FOREIGN = "0123456789abcdef";
    /** A key in clear that looks encrypted, as {@code openssl rand -base64 32} makes them. */
    private static final String LOOKS_ENCRYPTED = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static final String UNDECRYPTABLE = "looks encrypted, but no key of the keyring decrypts it";

    /** In native key-auth, and in earlier versions here, the encrypted text itself was a valid key. */
    @Test
    void keyThatDoesNotDecryptIsLeftOutWhereOthersDo() throws GeneralSecurityException {
        ConsumerTable encrypted = encrypted();
        put(encrypted, "jack", KeyringTest.BAR);
        put(encrypted, "rose", KeyringTest.encrypt(FOREIGN, "key of rose"));
        encrypted.put(
                "jack/credentials/one",
                json("{'plugins': {'key-auth': {'key': '" + KeyringTest.encrypt(FOREIGN, "another") + "'}}}"));
        put(encrypted, "john", "in-clear");

        ConsumerSnapshot snapshot = encrypted.snapshot();

        assertThat(consumer(snapshot, "jack").credentials()).containsExactly(literal(null, "bar"));
        assertThat(consumer(snapshot, "john").credentials()).containsExactly(literal(null, "in-clear"));
        assertThat(consumer(snapshot, "rose").credentials()).isEmpty();
        assertThat(snapshot.problems())
                .extracting(ConsumerProblem::resource)
                .containsExactlyInAnyOrder("consumers/rose", "consumers/jack/credentials/one");
        assertThat(snapshot.problems())
                .allSatisfy(problem -> assertThat(problem.problem()).contains(UNDECRYPTABLE));
    }

    @Test
    void wrongKeyringIsOneProblem() throws GeneralSecurityException {
        ConsumerTable encrypted = encrypted();
        for (int i = 0; i < 1000; i++) {
            put(encrypted, "user" + i, KeyringTest.encrypt(FOREIGN, "key " + i));
        }

        ConsumerSnapshot snapshot = encrypted.snapshot();

        assertThat(snapshot.consumers().values())
                .hasSize(1000)
                .allMatch(consumer -> consumer.credentials().isEmpty());
        assertThat(snapshot.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.resource()).isEqualTo("consumers");
            assertThat(problem.problem()).contains("of 1000 of them (user0, user1, user10, ...)", UNDECRYPTABLE);
            assertThat(problem.objects()).isEqualTo(1000);
        });
    }

    /** docs/how-to/consumers.md has this table. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # how the key is stored         , keyring, counts as
            a key in clear                  , right  , itself
            a key in clear                  , another, itself
            a key in clear                  , default, itself
            a key in clear                  , off    , itself
            64 digits in clear of one case  , right  , itself
            64 digits in clear of one case  , another, itself
            64 digits in clear of one case  , default, itself
            64 digits in clear of one case  , off    , itself
            clear but looks encrypted       , right  , no key
            clear but looks encrypted       , another, no key
            clear but looks encrypted       , default, no key
            clear but looks encrypted       , off    , itself
            encrypted                       , right  , what was encrypted
            encrypted                       , another, no key
            encrypted                       , default, no key
            encrypted                       , off    , itself
            encrypted by a default key      , right  , no key
            encrypted by a default key      , another, no key
            encrypted by a default key      , default, what was encrypted
            encrypted by a default key      , off    , itself
            """)
    void whatAStoredTextCountsAs(String form, String keyring, String expected) throws GeneralSecurityException {
        String stored = switch (form) {
            case "a key in clear" -> "jacks-key-in-clear";
            case "64 digits in clear of one case" -> "0123456789abcdef".repeat(4);
            case "clear but looks encrypted" -> LOOKS_ENCRYPTED;
            case "encrypted" -> KeyringTest.encrypt(FOREIGN, "key of rose");
            default -> KeyringTest.encrypt(Keyring.DEFAULT_KEYS.getLast(), "key of rose");
        };
        Keyring keys = switch (keyring) {
            case "right" -> new Keyring(List.of(FOREIGN));
            case "another" -> new Keyring(List.of("fedcba9876543210"));
            case "default" -> new Keyring(Keyring.DEFAULT_KEYS);
            default -> null;
        };
        List<Credential> credentials = switch (expected) {
            case "itself" -> List.of(literal(null, stored));
            case "what was encrypted" -> List.of(literal(null, "key of rose"));
            default -> List.of();
        };
        for (List<String> others : List.of(
                List.<String>of(),
                List.of("in-clear", "$secret://vault/prod/jack/key"),
                List.of(KeyringTest.BAR, KeyringTest.encrypt(FOREIGN, "of another")))) {
            ConsumerTable read = new ConsumerTable(digester, keys);
            for (int i = 0; i < others.size(); i++) {
                put(read, "other" + i, others.get(i));
            }
            put(read, "rose", stored);

            ConsumerSnapshot snapshot = read.snapshot();

            // The result does not depend on the other consumers.
            assertThat(consumer(snapshot, "rose").credentials()).isEqualTo(credentials);
            assertThat(snapshot.problems().stream()
                            .map(ConsumerProblem::resource)
                            .filter("consumers/rose"::equals))
                    .hasSize(credentials.isEmpty() ? 1 : 0);
        }
    }

    private ConsumerTable encrypted() {
        return new ConsumerTable(digester, new Keyring(Keyring.DEFAULT_KEYS));
    }

    private static void put(ConsumerTable into, String username, String key) {
        into.put(username, json("{'username': '" + username + "', 'plugins': {'key-auth': {'key': '" + key + "'}}}"));
    }

    @Test
    void noKeyIsPrintedAnywhere() {
        put("jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': '" + CANARY + "'}}}");
        put("jack/credentials/one", "{'plugins': {'key-auth': {'key': '" + CANARY + "'}}}");
        put("rose", "{'username': 'rose', 'plugins': {'key-auth': {'key': ['" + CANARY + "']}}}");
        put("john", "{'username': 'john', 'plugins': {'key-auth': {'key': '$secret://" + CANARY + "'}}}");
        put("ruth", "{'username': 'ruth', 'plugins': {'key-auth': '" + CANARY + "'}}");
        put("nobody/credentials/one", "{'plugins': {'key-auth': {'key': '" + CANARY + "'}}}");

        ConsumerSnapshot snapshot = table.snapshot();

        assertThat(snapshot.problems()).hasSize(4);
        assertThat(snapshot.toString()).contains("jack").doesNotContain(CANARY);
    }

    private void put(String place, String object) {
        table.put(place, json(object));
    }

    private Consumer consumer(String username) {
        return consumer(table.snapshot(), username);
    }

    private static Consumer consumer(ConsumerSnapshot snapshot, String username) {
        assertThat(snapshot.consumers()).containsKey(username);
        return Objects.requireNonNull(snapshot.consumers().get(username));
    }

    private List<ConsumerProblem> problems() {
        return table.snapshot().problems();
    }

    private Credential literal(@Nullable String id, String key) {
        return new Credential.KeyAuth(id, CredentialText.Literal.of(Secret.ofUtf8(key), digester));
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }
}
