package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.Secret;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.Resolver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The decision table of APISIX's key-auth ({@code apisix/plugins/key-auth.lua}), row by row. */
class KeyAuthDecisionTest {
    private static final String MISSING = "{\"message\":\"Missing API key in request\"}\n";
    private static final String INVALID = "{\"message\":\"Invalid API key in request\"}\n";
    private static final String NO_USER = "{\"message\":\"Invalid user authorization\"}\n";
    private static final String REFERENCE = "$secret://vault/nowhere/jack/key";

    private final KeyDigester digester = new KeyDigester();
    private final Resolver resolver = Resolver.start(List.of(), digester);
    private final CredentialDirectory directory = new CredentialDirectory(resolver, Runnable::run);

    @AfterEach
    void stop() {
        resolver.close();
    }

    static Stream<Arguments> accepted() {
        return Stream.of(
                argumentSet("key in the header", "{}", request().header("apikey", "k-jack"), changes()),
                argumentSet("key in the query", "{}", request().argument("apikey", "k-jack"), changes()),
                argumentSet(
                        "header first, then query",
                        "{}",
                        request().header("apikey", "k-jack").argument("apikey", "wrong"),
                        changes()),
                argumentSet(
                        "a repeated header counts with its first value",
                        "{}",
                        request().header("apikey", "k-jack").header("apikey", "wrong"),
                        changes()),
                argumentSet(
                        "names of header and query as configured",
                        "{\"header\":\"X-Key\",\"query\":\"k\"}",
                        request().header("x-key", "k-jack").header("apikey", "wrong"),
                        changes()),
                argumentSet(
                        "hide_credentials takes the header out",
                        "{\"hide_credentials\":true}",
                        request().header("apikey", "k-jack").argument("apikey", "kept"),
                        changes("apikey", null)),
                argumentSet(
                        "identity headers of the client are replaced or removed in every spelling",
                        "{}",
                        request()
                                .header("apikey", "k-jack")
                                .header("x-consumer-username", "admin")
                                .header("x-credential-identifier", "root")
                                .header("x-consumer-custom-id", "1")
                                .header("x_consumer_username", "admin")
                                .header("x-consumer_custom-id", "1"),
                        changes(
                                "X-Credential-Identifier", null,
                                "X-Consumer-Custom-ID", null,
                                "x_consumer_username", null,
                                "x-consumer_custom-id", null)));
    }

    @ParameterizedTest
    @MethodSource
    void accepted(String config, ListedRequest request, List<Header> changes) throws Exception {
        consumers(Map.of("jack", "k-jack"));
        Decision decision = decide(config, request);
        assertThat(decision).isInstanceOf(Accept.class);
        Accept accept = (Accept) decision;
        assertThat(accept.reason()).isEqualTo(Decision.Reason.ACCEPTED);
        List<Header> expected = new ArrayList<>(List.of(new Header("X-Consumer-Username", "jack")));
        expected.addAll(changes);
        assertThat(accept.headers()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(accept.removedArguments()).isEmpty();
    }

    @Test
    void hideCredentialsTakesTheArgumentOutWhereTheKeyCameFrom() throws Exception {
        consumers(Map.of("jack", "k-jack"));
        Accept accept = (Accept) decide("{\"hide_credentials\":true}", request().argument("apikey", "k-jack"));
        assertThat(accept.removedArguments()).containsExactly("apikey");
        assertThat(accept.headers()).containsExactly(new Header("X-Consumer-Username", "jack"));
    }

    @Test
    void credentialAndCustomIdAreToldToTheUpstream() throws Exception {
        directory.changed(new ConsumerSnapshot(
                Map.of("jack", new Consumer("jack", "c-7", List.of(new Credential("one", literal("k-jack"))))),
                List.of()));
        Accept accept = (Accept) decide("{}", request().header("apikey", "k-jack"));
        assertThat(accept.headers())
                .containsExactlyInAnyOrder(
                        new Header("X-Consumer-Username", "jack"),
                        new Header("X-Credential-Identifier", "one"),
                        new Header("X-Consumer-Custom-ID", "c-7"));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                argumentSet("no key", "{}", request(), "key", MISSING),
                argumentSet("another header", "{}", request().header("authorization", "k-jack"), "key", MISSING),
                argumentSet("wrong key", "{}", request().header("apikey", "wrong"), "key", INVALID),
                argumentSet("empty header", "{}", request().header("apikey", ""), "key", INVALID),
                argumentSet("empty argument", "{}", request().argument("apikey", ""), "key", INVALID),
                argumentSet("argument without value", "{}", request().argument("apikey", null), "key", INVALID),
                argumentSet(
                        "an empty header hides the query",
                        "{}",
                        request().header("apikey", "").argument("apikey", "k-jack"),
                        "key",
                        INVALID),
                argumentSet(
                        "a repeated header whose first value is wrong",
                        "{}",
                        request().header("apikey", "wrong").header("apikey", "k-jack"),
                        "key",
                        INVALID),
                argumentSet(
                        "a repeated argument",
                        "{}",
                        request().argument("apikey", "k-jack").argument("apikey", "k-jack"),
                        "key",
                        INVALID),
                argumentSet("a prefix of the key", "{}", request().header("apikey", "k-jac"), "key", INVALID),
                argumentSet("another letter case", "{}", request().header("apikey", "K-JACK"), "key", INVALID),
                argumentSet("a literal reference", "{}", request().header("apikey", REFERENCE), "key", INVALID),
                argumentSet("a literal $env", "{}", request().header("apikey", "$ENV://HOME"), "key", INVALID),
                argumentSet("realm", "{\"realm\":\"orders\"}", request(), "orders", MISSING),
                argumentSet(
                        "anonymous consumer that does not exist",
                        "{\"anonymous_consumer\":\"nobody\"}",
                        request(),
                        "key",
                        NO_USER),
                argumentSet(
                        "a key that two consumers share", "{}", request().header("apikey", "k-twin"), "key", INVALID));
    }

    @ParameterizedTest
    @MethodSource
    void refused(String config, ListedRequest request, String realm, String body) throws Exception {
        consumers(Map.of("jack", "k-jack", "castor", "k-twin", "pollux", "k-twin"));
        assertThat(decide(config, request)).isInstanceOfSatisfying(Refuse.class, refuse -> {
            assertThat(refuse.status()).isEqualTo(401);
            assertThat(refuse.body()).isEqualTo(body);
            assertThat(refuse.headers())
                    .containsExactly(new Header("WWW-Authenticate", "apikey realm=\"" + realm + "\""));
        });
    }

    static Stream<Arguments> anonymous() {
        return Stream.of(
                argumentSet("no key", request(), changes(), List.of()),
                argumentSet("wrong key", request().header("apikey", "wrong"), changes("apikey", null), List.of()),
                argumentSet(
                        "wrong key in both places",
                        request().header("apikey", "wrong").argument("apikey", "wrong"),
                        changes("apikey", null),
                        List.of("apikey")),
                argumentSet(
                        "repeated argument",
                        request().argument("apikey", "a").argument("apikey", "b"),
                        changes(),
                        List.of("apikey")),
                argumentSet(
                        "spoofed identity",
                        request().header("x-credential-identifier", "root"),
                        changes("X-Credential-Identifier", null),
                        List.of()));
    }

    @ParameterizedTest
    @MethodSource
    void anonymous(ListedRequest request, List<Header> changes, List<String> removed) throws Exception {
        consumers(Map.of("jack", "k-jack", "guest", "k-guest"));
        Accept accept = (Accept) decide("{\"anonymous_consumer\":\"guest\",\"hide_credentials\":true}", request);
        assertThat(accept.reason()).isEqualTo(Decision.Reason.ANONYMOUS);
        List<Header> expected = new ArrayList<>(List.of(new Header("X-Consumer-Username", "guest")));
        expected.addAll(changes);
        assertThat(accept.headers()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(accept.removedArguments()).isEqualTo(removed);
    }

    @Test
    void withAHundredHeadersWhatMayHideBehindThemIsRemovedUnseen() throws Exception {
        consumers(Map.of("jack", "k-jack"));
        ListedRequest crowded = request().header("apikey", "k-jack");
        for (int i = 1; i < 100; i++) {
            crowded.header("x-filler-" + i, "v");
        }
        Accept accept = (Accept) decide("{}", crowded);
        assertThat(accept.headers())
                .contains(
                        new Header("X-Consumer-Username", "jack"),
                        new Header("X-Credential-Identifier", null),
                        new Header("X-Consumer-Custom-ID", null),
                        new Header("x_consumer_username", null),
                        new Header("x_consumer_custom_id", null),
                        new Header("x-consumer_username", null))
                .doesNotContain(new Header("x-consumer-username", null));
    }

    @Test
    void beforeTheConsumersAreKnownAnyKeyMayBeGood() throws Exception {
        assertThat(decide("{}", request().header("apikey", "k-jack"))).isInstanceOfSatisfying(Refuse.class, refuse -> {
            assertThat(refuse.status()).isEqualTo(503);
            assertThat(refuse.headers()).containsExactly(new Header("Retry-After", "1"));
        });
        assertThat(((Refuse) decide("{}", request())).body()).isEqualTo(MISSING);
    }

    @Test
    void aReferenceToAnUnknownProviderNeverAuthenticatesAndLeavesOthersAlone() throws Exception {
        directory.changed(new ConsumerSnapshot(
                Map.of(
                        "jack",
                        new Consumer(
                                "jack",
                                null,
                                List.of(new Credential(
                                        null, new CredentialKey.Referenced(SecretReference.parse(REFERENCE))))),
                        "jill",
                        new Consumer("jill", null, List.of(new Credential(null, literal("k-jill"))))),
                List.of()));
        assertThat(((Refuse) decide("{}", request().header("apikey", REFERENCE))).body())
                .isEqualTo(INVALID);
        assertThat(decide("{}", request().header("apikey", "k-jill"))).isInstanceOf(Accept.class);
    }

    private static ListedRequest request() {
        return new ListedRequest();
    }

    /** Makes a list of changes out of names and values. */
    private static List<Header> changes(@Nullable String... namesAndValues) {
        List<Header> changes = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            changes.add(new Header(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]));
        }
        return changes;
    }

    private void consumers(Map<String, String> keys) {
        Map<String, Consumer> consumers = new HashMap<>();
        keys.forEach((name, key) ->
                consumers.put(name, new Consumer(name, null, Arrays.asList(new Credential(null, literal(key))))));
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
    }

    private CredentialKey literal(String key) {
        return new CredentialKey.Literal(digester.digest(Secret.ofUtf8(key)));
    }

    private Decision decide(String config, RequestView request) throws InvalidKeyAuthConfigException {
        return new KeyAuthenticator(
                        KeyAuthConfig.parse(config),
                        directory,
                        digester,
                        resolver.ticker(),
                        UnresolvedAnswer.UNAVAILABLE)
                .decide(request);
    }
}
