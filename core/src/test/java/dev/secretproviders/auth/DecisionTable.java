package dev.secretproviders.auth;

import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Changed;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Decision.Refuse;
import dev.secretproviders.auth.route.Authenticator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.params.provider.Arguments;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The answers of one of APISIX's own plugins, case by case, from a file that the companion's tests read, too. */
public final class DecisionTable {
    private static final Pattern TOKEN = Pattern.compile("\\{([^}]+)}");

    private final JsonNode table;
    private final String scheme;

    private DecisionTable(JsonNode table, String scheme) {
        this.table = table;
        this.scheme = scheme;
    }

    /**
     * Reads a table.
     *
     * @param file its name in {@code apisix-plugin/spec}
     * @param scheme the scheme of the challenge
     */
    public static DecisionTable of(String file, String scheme) {
        return new DecisionTable(
                JsonMapper.shared()
                        .readTree(Path.of("../apisix-plugin/spec", file).toFile()),
                scheme);
    }

    /** Returns the cases of a list. */
    public Stream<Arguments> cases(String list) {
        return table.get(list)
                .valueStream()
                .map(theCase -> argumentSet(theCase.get("case").asString(), theCase));
    }

    /** Returns what a route decides about a case. */
    public Decision decision(Authenticator route, JsonNode theCase) {
        return decision(route, request(theCase));
    }

    /** Returns what a route decides about a request, which shows what the route asks for. */
    public static Decision decision(Authenticator route, ListedRequest request) {
        Judgement judgement = route.decide(request);
        while (true) {
            switch (judgement) {
                case Judgement.Ask(RequestNeeds needs, Judgement.Next next) -> {
                    request.fetch(needs);
                    judgement = next.judge(request);
                }
                case Judgement.Later(Judgement.Next next) -> judgement = next.judge(request);
                case Decision decision -> {
                    return listed(decision);
                }
            }
        }
    }

    /** Passes the consumers to a directory. */
    public void publish(DirectoryFixture it) {
        add(it, "consumers");
        it.publish();
    }

    /** Passes the consumers to a directory, and those of which the manager does not answer. */
    void publishUndecided(DirectoryFixture it) {
        add(it, "consumers");
        add(it, "undecided_consumers");
        it.publish();
    }

    private void add(DirectoryFixture it, String part) {
        TableConsumers consumers = new TableConsumers(it);
        table.get(part).forEachEntry(consumers::add);
    }

    private ListedRequest request(JsonNode theCase) {
        ListedRequest request = new ListedRequest()
                .method(theCase.path("method").asString("GET"))
                .target(theCase.path("target").asString("/"))
                .withBody(theCase.path("body").asString(""))
                .header("host", "example.org");
        for (JsonNode header : theCase.path("headers")) {
            request.header(header.get(0).asString(), text(header.get(1)));
        }
        for (JsonNode argument : theCase.path("arguments")) {
            JsonNode value = argument.get(1);
            request.argument(argument.get(0).asString(), value.isNull() ? null : text(value));
        }
        return request;
    }

    /** Returns what a value of the table stands for. */
    public String text(JsonNode value) {
        if (value.has("basic")) {
            byte[] text = text(value.get("basic")).getBytes(StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(text);
        }
        if (value.has("with_tokens")) {
            return TOKEN.matcher(value.get("with_tokens").asString())
                    .replaceAll(name -> table.get("tokens").get(name.group(1)).asString());
        }
        if (value.has("signature")) {
            return signature(value);
        }
        return value.isObject()
                ? value.get("repeat").asString().repeat(value.get("times").asInt())
                : value.asString();
    }

    private static String signature(JsonNode value) {
        try {
            String algorithm = value.get("algorithm").asString().replace("-", "");
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(value.get("secret").asString().getBytes(StandardCharsets.UTF_8), algorithm));
            byte[] signature = mac.doFinal(value.get("text").asString().getBytes(StandardCharsets.UTF_8));
            String base64 = Base64.getEncoder().encodeToString(signature);
            String shown =
                    base64.substring(0, base64.length() - value.path("cut").asInt(0));
            return value.get("signature").asString().replace("{}", shown);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the configuration of a case. */
    public String conf(JsonNode theCase) {
        return theCase.has("conf") ? theCase.get("conf").toString() : "{}";
    }

    /** Returns what a case expects. */
    public Decision expected(JsonNode expect) {
        return expect.has("consumer") ? accepted(expect) : refused(expect);
    }

    private static Changed accepted(JsonNode expect) {
        List<Header> headers = new ArrayList<>();
        for (JsonNode hidden : expect.path("hidden_headers")) {
            headers.add(new Header(hidden.asString(), null));
        }
        for (JsonNode set : expect.path("set_headers")) {
            headers.add(new Header(set.get(0).asString(), set.get(1).asString()));
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

    private Refuse refused(JsonNode expect) {
        int status = expect.get("status").asInt();
        String message = expect.get("message").asString();
        List<Header> headers = switch (status) {
            case 503 -> List.of(new Header("Retry-After", "1"));
            case 401 ->
                List.of(new Header(
                        "WWW-Authenticate",
                        scheme + " realm=\"" + expect.get("realm").asString() + "\""));
            default -> List.of();
        };
        return new Refuse(reason(expect, status, message), status, headers, "{\"message\":\"" + message + "\"}\n");
    }

    private Reason reason(JsonNode expect, int status, String message) {
        if (expect.has("reason")) {
            return Reason.valueOf(expect.get("reason").asString().toUpperCase(Locale.ROOT));
        }
        if (status == 503) {
            return Reason.UNRESOLVED;
        }
        return switch (message) {
            case "Missing API key in request",
                    "Missing authorization in request",
                    "Missing JWT token in request",
                    "client request can't be validated: missing Authorization header" -> Reason.MISSING_KEY;
            case "Invalid user authorization" ->
                scheme.equals("apikey") ? Reason.NO_ANONYMOUS_CONSUMER : Reason.INVALID_KEY;
            default -> Reason.INVALID_KEY;
        };
    }

    /** Returns an accepting decision in listed form, so that different implementations compare as equal. */
    private static Decision listed(Decision decision) {
        return decision instanceof Accept accept
                ? new Changed(accept.reason(), accept.consumer(), accept.headers(), accept.removedArguments())
                : decision;
    }
}
