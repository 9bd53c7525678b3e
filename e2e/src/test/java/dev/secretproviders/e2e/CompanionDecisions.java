package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Header;
import dev.secretproviders.peers.NginxConnection.Reply;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A table of the decisions of one of APISIX's plugins ({@code apisix-plugin/spec/decisions*.json}) through nginx, the
 * companion's plugin and the runner: the answer's bytes, and the upstream's view of an accepted request. Each is sent
 * twice, so that the second is decided from memory, if there is one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CompanionDecisions {
    private static final Set<String> OURS =
            Set.of("x-consumer-username", "x-credential-identifier", "x-consumer-custom-id");

    private static final Pattern TOKEN = Pattern.compile("\\{(.+?)}");

    private final String plugin;
    private final String scheme;
    private final JsonNode table;
    private @Nullable RunnerProcess runner;
    private @Nullable CompanionGateway gateway;
    private int routes;

    /**
     * Reads a table.
     *
     * @param plugin the companion's plugin
     * @param scheme the scheme of its challenge
     * @param file the table's name
     */
    CompanionDecisions(String plugin, String scheme, String file) {
        this.plugin = plugin;
        this.scheme = scheme;
        this.table = JsonMapper.shared()
                .readTree(CompanionGateway.PLUGIN.resolve("spec").resolve(file).toFile());
    }

    /** Returns the table's consumers as a standalone configuration of APISIX. */
    private String consumers() {
        StringBuilder entries = new StringBuilder("consumers:\n");
        table.get("consumers").forEachEntry((name, consumer) -> {
            ObjectNode entry = JsonMapper.shared().createObjectNode().put("username", name);
            ObjectNode plugins = ((ObjectNode) consumer).deepCopy();
            plugins.remove(List.of("custom_id", "credential", "labels"));
            ObjectNode labels = entry.putObject("labels");
            if (consumer.has("custom_id")) {
                labels.set("custom_id", consumer.get("custom_id"));
            }
            if (consumer.has("labels") && !consumer.has("credential")) {
                labels.setAll((ObjectNode) consumer.get("labels"));
            }
            if (!consumer.has("credential")) {
                entry.set("plugins", plugins);
            }
            entries.append("  - ").append(entry).append('\n');
            if (consumer.has("credential")) {
                ObjectNode credential = JsonMapper.shared()
                        .createObjectNode()
                        .put(
                                "id",
                                name + "/credentials/"
                                        + consumer.get("credential").asString());
                if (consumer.has("labels")) {
                    credential.set("labels", consumer.get("labels"));
                }
                credential.set("plugins", plugins);
                entries.append("  - ").append(credential).append('\n');
            }
        });
        return entries.toString();
    }

    /** Prepares nginx for the table. */
    void prepare(Nginx nginx) {}

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        RunnerProcess.consumers(directory, consumers());
        runner = RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
        gateway = CompanionGateway.start(directory, CompanionGateway.apisix(consumers()));
        prepare(gateway.nginx());
    }

    @AfterAll
    void stop() {
        if (gateway != null) {
            gateway.close();
        }
        if (runner != null) {
            runner.close();
        }
    }

    Stream<Arguments> cases() {
        return table.get("cases")
                .valueStream()
                .filter(theCase -> !theCase.has("not_over_http") && !repeatsAuthorization(theCase))
                .map(theCase -> argumentSet(theCase.get("case").asString(), theCase));
    }

    /** nginx refuses such a request by itself. */
    private static boolean repeatsAuthorization(JsonNode theCase) {
        return theCase.path("headers")
                        .valueStream()
                        .filter(header -> header.get(0).asString().equalsIgnoreCase("Authorization"))
                        .count()
                > 1;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isDecidedAsNatively(JsonNode theCase) throws IOException {
        CompanionGateway it = Objects.requireNonNull(gateway);
        String route = "case-" + routes++;
        it.nginx()
                .route(route, plugin, theCase.has("conf") ? theCase.get("conf").toString() : "{}");
        List<Header> headers = headers(theCase);
        headers.add(new Header("X-Route", route));
        String method = theCase.path("method").asString("GET");
        String target = theCase.path("target").asString("/") + query(theCase);
        String body = theCase.path("body").asString("");
        JsonNode expect = theCase.get("expect");
        try (NginxConnection worker = it.connection()) {
            for (int i = 0; i < 2; i++) {
                Reply reply = worker.send(method, target, headers, body);
                if (expect.has("consumer")) {
                    passes(reply, expect, theCase);
                } else {
                    isRefused(reply, expect);
                }
            }
        }
    }

    private void isRefused(Reply reply, JsonNode expect) {
        assertThat(reply.status()).isEqualTo(expect.get("status").asInt());
        assertThat(reply.headers().get("www-authenticate"))
                .isEqualTo(
                        expect.has("realm")
                                ? scheme + " realm=\"" + expect.get("realm").asString() + "\""
                                : null);
        assertThat(reply.body())
                .isEqualTo("{\"message\":\"" + expect.get("message").asString() + "\"}\n");
    }

    private static void passes(Reply reply, JsonNode expect, JsonNode theCase) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        JsonNode seen = reply.seen();
        assertThat(seen.get("consumer").asString())
                .isEqualTo(expect.get("consumer").asString());
        JsonNode headers = seen.get("headers");
        assertThat(headers.path("x-consumer-username").asString())
                .isEqualTo(expect.get("consumer").asString());
        assertThat(headers.path("x-credential-identifier").asString(""))
                .isEqualTo(expect.path("credential").asString(""));
        assertThat(headers.path("x-consumer-custom-id").asString(""))
                .isEqualTo(expect.path("custom_id").asString(""));
        List<String> hidden = Stream.of("hidden_headers", "removed_headers")
                .flatMap(list -> expect.path(list).valueStream())
                .map(name -> name.asString().toLowerCase(Locale.ROOT))
                .toList();
        for (JsonNode header : expect.path("set_headers")) {
            assertThat(headers.path(header.get(0).asString().toLowerCase(Locale.ROOT))
                            .asString(""))
                    .isEqualTo(header.get(1).asString());
        }
        for (JsonNode header : theCase.path("headers")) {
            String name = header.get(0).asString().toLowerCase(Locale.ROOT);
            if (!OURS.contains(name)) {
                assertThat(headers.has(name)).as(name).isEqualTo(!hidden.contains(name));
            }
        }
        List<String> hiddenArguments = expect.path("hidden_arguments")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
        for (JsonNode argument : theCase.path("arguments")) {
            String name = argument.get(0).asString();
            assertThat(seen.get("arguments").asString().contains(encode(name)))
                    .as(name)
                    .isNotEqualTo(hiddenArguments.contains(name));
        }
    }

    private List<Header> headers(JsonNode theCase) {
        List<Header> headers = new ArrayList<>();
        for (JsonNode header : theCase.path("headers")) {
            headers.add(new Header(header.get(0).asString(), text(header.get(1))));
        }
        String body = theCase.path("body").asString("");
        if (!body.isEmpty()
                && headers.stream().noneMatch(header -> header.name().equalsIgnoreCase("Content-Length"))) {
            headers.add(new Header("Content-Length", Integer.toString(body.length())));
        }
        return headers;
    }

    private String query(JsonNode theCase) {
        List<String> arguments = new ArrayList<>();
        for (JsonNode argument : theCase.path("arguments")) {
            String name = encode(argument.get(0).asString());
            JsonNode value = argument.get(1);
            arguments.add(value.isNull() ? name : name + "=" + encode(text(value)));
        }
        return arguments.isEmpty() ? "" : "?" + String.join("&", arguments);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String text(JsonNode value) {
        if (value.has("with_tokens")) {
            return TOKEN.matcher(value.get("with_tokens").asString())
                    .replaceAll(name -> table.get("tokens").get(name.group(1)).asString());
        }
        if (value.has("basic")) {
            byte[] text = text(value.get("basic")).getBytes(StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(text);
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
            byte[] made = mac.doFinal(value.get("text").asString().getBytes(StandardCharsets.UTF_8));
            String base64 = Base64.getEncoder().encodeToString(made);
            String shown =
                    base64.substring(0, base64.length() - value.path("cut").asInt(0));
            return value.get("signature").asString().replace("{}", shown);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
