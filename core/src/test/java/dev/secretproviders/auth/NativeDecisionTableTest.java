package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Changed;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.spi.ProviderException.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The decisions of APISIX's own {@code key-auth} (apisix/plugins/key-auth.lua, functions {@code find_consumer} and
 * {@code rewrite}), case by case. The cases are in {@code apisix-plugin/spec/decisions.json}, which also tests the
 * companion. A case says so if native key-auth does not have its answer.
 */
class NativeDecisionTableTest {
    private static final JsonNode TABLE = JsonMapper.shared()
            .readTree(Path.of("../apisix-plugin/spec/decisions.json").toFile());

    private final DirectoryFixture it = new DirectoryFixture();

    @BeforeEach
    void consumersAreKnown() {
        it.secrets.provider.put("anna", "1", "key", "anna-key");
        it.consumer("jack", it.literal(null, "good-key"))
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

    private static ListedRequest request(JsonNode theCase) {
        ListedRequest request = new ListedRequest().header("host", "example.org");
        for (JsonNode header : theCase.path("headers")) {
            request.header(header.get(0).asString(), text(header.get(1)));
        }
        for (JsonNode argument : theCase.path("arguments")) {
            JsonNode value = argument.get(1);
            request.argument(argument.get(0).asString(), value.isNull() ? null : text(value));
        }
        return request;
    }

    private static String text(JsonNode value) {
        return value.isObject()
                ? value.get("repeat").asString().repeat(value.get("times").asInt())
                : value.asString();
    }

    private static String conf(JsonNode theCase) {
        return theCase.has("conf") ? theCase.get("conf").toString() : "{}";
    }

    private static Decision expected(JsonNode expect) {
        return expect.has("consumer") ? accepted(expect) : refused(expect);
    }

    private static Changed accepted(JsonNode expect) {
        List<Header> headers = new ArrayList<>();
        for (JsonNode hidden : expect.path("hidden_headers")) {
            headers.add(new Header(hidden.asString(), null));
        }
        // These are changed whether or not the client sent them.
        headers.add(new Header("X-Consumer-Username", expect.get("consumer").asString()));
        headers.add(
                new Header("X-Credential-Identifier", expect.path("credential").asString(null)));
        headers.add(new Header("X-Consumer-Custom-ID", expect.path("custom_id").asString(null)));
        for (JsonNode removed : expect.path("removed_headers")) {
            if (removed.asString().contains("_")) {
                headers.add(new Header(removed.asString(), null));
            }
        }
        List<String> hiddenArguments = new ArrayList<>();
        expect.path("hidden_arguments").forEach(hidden -> hiddenArguments.add(hidden.asString()));
        return new Changed(
                expect.path("anonymous").asBoolean(false) ? Reason.ANONYMOUS : Reason.ACCEPTED,
                expect.get("consumer").asString(),
                headers,
                hiddenArguments);
    }

    private static Refuse refused(JsonNode expect) {
        int status = expect.get("status").asInt();
        String message = expect.get("message").asString();
        Header header = status == 503
                ? new Header("Retry-After", "1")
                : new Header(
                        "WWW-Authenticate",
                        "apikey realm=\"" + expect.get("realm").asString() + "\"");
        return new Refuse(
                reason(expect, status, message), status, List.of(header), "{\"message\":\"" + message + "\"}\n");
    }

    private static Reason reason(JsonNode expect, int status, String message) {
        if (expect.has("reason")) {
            return Reason.valueOf(expect.get("reason").asString().toUpperCase(Locale.ROOT));
        }
        if (status == 503) {
            return Reason.UNRESOLVED;
        }
        return switch (message) {
            case "Missing API key in request" -> Reason.MISSING_KEY;
            case "Invalid API key in request" -> Reason.INVALID_KEY;
            default -> Reason.NO_ANONYMOUS_CONSUMER;
        };
    }

    /** Returns an accepting decision in listed form, so that different implementations compare as equal. */
    private static Decision listed(Decision decision) {
        return decision instanceof Accept accept
                ? new Changed(accept.reason(), accept.consumer(), accept.headers(), accept.removedArguments())
                : decision;
    }

    private static Stream<Arguments> cases(String list) {
        return TABLE.get(list)
                .valueStream()
                .map(theCase -> argumentSet(theCase.get("case").asString(), theCase));
    }

    static Stream<Arguments> decisions() {
        return cases("cases");
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void isDecidedAsNatively(JsonNode theCase) {
        assertThat(listed(it.route(conf(theCase)).decide(request(theCase)))).isEqualTo(expected(theCase.get("expect")));
    }

    static Stream<Arguments> decisionsWhileACredentialIsUndecided() {
        return cases("while_a_credential_is_undecided");
    }

    /** Native key-auth skips an unresolved credential, and refuses its key with 401 until a reload. */
    @ParameterizedTest
    @MethodSource("decisionsWhileACredentialIsUndecided")
    void unknownKeyMayBeGoodWhileACredentialIsUndecided(JsonNode theCase) {
        it.secrets.provider.fail("late", Kind.UNAVAILABLE);
        it.consumer("late", it.referenced(null, "late/key")).publish();
        String conf = conf(theCase);
        assertThat(listed(it.route(conf).decide(request(theCase)))).isEqualTo(expected(theCase.get("expect")));
        assertThat(listed(it.route(conf, UnresolvedAnswer.UNAUTHORIZED).decide(request(theCase))))
                .isEqualTo(expected(theCase.get("expect_if_unauthorized")));
    }
}
