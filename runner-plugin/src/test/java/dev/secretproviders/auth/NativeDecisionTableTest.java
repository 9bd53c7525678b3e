package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Changed;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.provider.ProviderException.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The decisions of APISIX's own {@code key-auth} (apisix/plugins/key-auth.lua, functions {@code find_consumer} and {@code
 * rewrite}), case by case. Where ours has an answer that native key-auth does not know, the case says so.
 */
class NativeDecisionTableTest {
    private static final String GOOD = "good-key";
    private static final String REFERENCE = "$secret://vault/prod/anna/key";
    private static final String ANONYMOUS = "{\"anonymous_consumer\":\"guest\"}";

    private final DirectoryFixture it = new DirectoryFixture();

    @BeforeEach
    void consumersAreKnown() {
        it.secrets.provider.put("anna", "1", "key", "anna-key");
        it.consumer("jack", it.literal(null, GOOD))
                .consumerWithCustomId("anna", "c-42", it.referenced("cred-1", "anna/key"))
                .consumer("twin1", it.literal(null, "shared"))
                .consumer("twin2", it.literal("x", "shared"))
                .consumer("guest")
                .publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private static ListedRequest request() {
        return new ListedRequest().header("host", "example.org");
    }

    private static Accept accept(Reason reason, String consumer, List<Header> headers, String... removedArguments) {
        return new Changed(reason, consumer, headers, List.of(removedArguments));
    }

    /** Accepted requests by what they say, however they were put together. */
    private static Decision listed(Decision decision) {
        return decision instanceof Accept accept
                ? new Changed(accept.reason(), accept.consumer(), accept.headers(), accept.removedArguments())
                : decision;
    }

    private static Header set(String name, String value) {
        return new Header(name, value);
    }

    private static Header remove(String name) {
        return new Header(name, null);
    }

    private static Refuse refuse(Reason reason, String message, String realm) {
        return new Refuse(
                reason,
                401,
                List.of(new Header("WWW-Authenticate", "apikey realm=\"" + realm + "\"")),
                "{\"message\":\"" + message + "\"}\n");
    }

    private static Refuse missing() {
        return refuse(Reason.MISSING_KEY, "Missing API key in request", "key");
    }

    private static Refuse invalid() {
        return refuse(Reason.INVALID_KEY, "Invalid API key in request", "key");
    }

    private static Accept jack() {
        return accept(Reason.ACCEPTED, "jack", List.of(set("X-Consumer-Username", "jack")));
    }

    private static Accept guest(List<Header> first, String... removedArguments) {
        List<Header> headers = Stream.concat(first.stream(), Stream.of(set("X-Consumer-Username", "guest")))
                .toList();
        return accept(Reason.ANONYMOUS, "guest", headers, removedArguments);
    }

    static Stream<Arguments> decisions() {
        String hide = "{\"hide_credentials\":true}";
        String hideAnonymous = "{\"hide_credentials\":true,\"anonymous_consumer\":\"guest\"}";
        return Stream.of(
                argumentSet("no key", "{}", request(), missing()),
                argumentSet("key in the header", "{}", request().header("apikey", GOOD), jack()),
                argumentSet("key in the query", "{}", request().argument("apikey", GOOD), jack()),
                argumentSet(
                        "header before query",
                        "{}",
                        request().header("apikey", GOOD).argument("apikey", "wrong"),
                        jack()),
                argumentSet(
                        "wrong header is not saved by the query",
                        "{}",
                        request().header("apikey", "wrong").argument("apikey", GOOD),
                        invalid()),
                argumentSet("wrong key", "{}", request().header("apikey", "wrong"), invalid()),
                argumentSet("key with a space is another key", "{}", request().header("apikey", GOOD + " "), invalid()),
                argumentSet(
                        "repeated header counts with its first value",
                        "{}",
                        request().header("apikey", GOOD).header("apikey", "wrong"),
                        jack()),
                argumentSet(
                        "first value of a repeated header is wrong",
                        "{}",
                        request().header("apikey", "wrong").header("apikey", GOOD),
                        invalid()),
                argumentSet("empty header is there and wrong", "{}", request().header("apikey", ""), invalid()),
                argumentSet(
                        "empty header hides the query",
                        "{}",
                        request().header("apikey", "").argument("apikey", GOOD),
                        invalid()),
                argumentSet("empty argument", "{}", request().argument("apikey", ""), invalid()),
                argumentSet("argument without value", "{}", request().argument("apikey", null), invalid()),
                argumentSet(
                        "repeated argument, even with a good key",
                        "{}",
                        request().argument("apikey", GOOD).argument("apikey", GOOD),
                        invalid()),
                argumentSet("very long key", "{}", request().header("apikey", "x".repeat(70_000)), invalid()),
                argumentSet(
                        "key longer than the scratch", "{}", request().header("apikey", "x".repeat(2_000)), invalid()),
                argumentSet(
                        "other header name", "{\"header\":\"X-Key\"}", request().header("x-key", GOOD), jack()),
                argumentSet(
                        "other header name: the default one does not count",
                        "{\"header\":\"X-Key\"}",
                        request().header("apikey", GOOD),
                        missing()),
                argumentSet(
                        "other argument", "{\"query\":\"k\u00e9\"}", request().argument("k\u00e9", GOOD), jack()),
                argumentSet(
                        "realm",
                        "{\"realm\":\"my realm\"}",
                        request(),
                        refuse(Reason.MISSING_KEY, "Missing API key in request", "my realm")),
                argumentSet(
                        "credential and custom id are told",
                        "{}",
                        request().header("apikey", "anna-key"),
                        accept(
                                Reason.ACCEPTED,
                                "anna",
                                List.of(
                                        set("X-Consumer-Username", "anna"),
                                        set("X-Credential-Identifier", "cred-1"),
                                        set("X-Consumer-Custom-ID", "c-42")))),
                argumentSet("reference sent as the key", "{}", request().header("apikey", REFERENCE), invalid()),
                argumentSet("reference sent in the query", "{}", request().argument("apikey", REFERENCE), invalid()),
                argumentSet("environment reference", "{}", request().header("apikey", "$ENV://HOME"), invalid()),
                argumentSet(
                        "key of two credentials (natively: the last one loaded)",
                        "{}",
                        request().header("apikey", "shared"),
                        refuse(Reason.AMBIGUOUS_KEY, "Invalid API key in request", "key")),
                argumentSet(
                        "hidden in the header",
                        hide,
                        request().header("apikey", GOOD).argument("apikey", GOOD),
                        accept(Reason.ACCEPTED, "jack", List.of(remove("apikey"), set("X-Consumer-Username", "jack")))),
                argumentSet(
                        "hidden in the query",
                        hide,
                        request().argument("apikey", GOOD),
                        accept(Reason.ACCEPTED, "jack", List.of(set("X-Consumer-Username", "jack")), "apikey")),
                argumentSet("nothing to hide in a refusal", hide, request().header("apikey", "wrong"), invalid()),
                argumentSet("anonymous without key", ANONYMOUS, request(), guest(List.of())),
                argumentSet(
                        "anonymous with a wrong key", ANONYMOUS, request().header("apikey", "no"), guest(List.of())),
                argumentSet(
                        "anonymous with a shared key",
                        ANONYMOUS,
                        request().header("apikey", "shared"),
                        guest(List.of())),
                argumentSet(
                        "good key of a route with an anonymous consumer",
                        ANONYMOUS,
                        request().header("apikey", GOOD),
                        jack()),
                argumentSet(
                        "anonymous: both places are stripped",
                        hideAnonymous,
                        request().header("apikey", "no").argument("apikey", GOOD),
                        guest(List.of(remove("apikey")), "apikey")),
                argumentSet(
                        "anonymous: a flag is stripped",
                        hideAnonymous,
                        request().argument("apikey", null),
                        guest(List.of(), "apikey")),
                argumentSet("anonymous: nothing to strip", hideAnonymous, request(), guest(List.of())),
                argumentSet(
                        "anonymous consumer that does not exist",
                        "{\"anonymous_consumer\":\"nobody\",\"realm\":\"r\"}",
                        request().header("apikey", "no"),
                        refuse(Reason.NO_ANONYMOUS_CONSUMER, "Invalid user authorization", "r")),
                argumentSet(
                        "good key though the anonymous consumer does not exist",
                        "{\"anonymous_consumer\":\"nobody\"}",
                        request().header("apikey", GOOD),
                        jack()),
                argumentSet(
                        "key taken from an identity header and hidden: who it is comes last and wins",
                        "{\"header\":\"X-Consumer-Username\",\"hide_credentials\":true}",
                        request().header("x-consumer-username", GOOD),
                        accept(
                                Reason.ACCEPTED,
                                "jack",
                                List.of(remove("x-consumer-username"), set("X-Consumer-Username", "jack")))));
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void isDecidedAsNatively(String config, ListedRequest request, Decision expected) {
        assertThat(listed(it.route(config).decide(request))).isEqualTo(expected);
    }

    private static Refuse unavailable() {
        return new Refuse(
                Reason.UNRESOLVED,
                503,
                List.of(new Header("Retry-After", "1")),
                "{\"message\":\"Some credentials could not be resolved yet\"}\n");
    }

    private static Refuse unresolvedUnauthorized() {
        return refuse(Reason.UNRESOLVED, "Invalid API key in request", "key");
    }

    static Stream<Arguments> decisionsWhileACredentialIsUndecided() {
        return Stream.of(
                argumentSet("unknown key", "{}", "unknown", unavailable(), unresolvedUnauthorized()),
                argumentSet("known key", "{}", GOOD, jack(), jack()),
                argumentSet("no key", "{}", null, missing(), missing()),
                argumentSet("empty key", "{}", "", invalid(), invalid()),
                argumentSet("a reference is nobody's key", "{}", REFERENCE, invalid(), invalid()),
                argumentSet("unknown key, anonymous consumer", ANONYMOUS, "unknown", unavailable(), guest(List.of())),
                argumentSet("no key, anonymous consumer", ANONYMOUS, null, guest(List.of()), guest(List.of())));
    }

    /** Natively the unresolved credential is skipped, and its key gets 401 until a reload. */
    @ParameterizedTest
    @MethodSource("decisionsWhileACredentialIsUndecided")
    void unknownKeyMayBeGoodWhileACredentialIsUndecided(
            String config, @Nullable String key, Decision expected, Decision whenConfiguredTo401) {
        it.secrets.provider.fail("late", Kind.UNAVAILABLE);
        it.consumer("late", it.referenced(null, "late/key")).publish();
        ListedRequest request = key == null ? request() : request().header("apikey", key);
        assertThat(listed(it.route(config).decide(request))).isEqualTo(expected);
        assertThat(listed(it.route(config, UnresolvedAnswer.UNAUTHORIZED).decide(request)))
                .isEqualTo(whenConfiguredTo401);
    }
}
