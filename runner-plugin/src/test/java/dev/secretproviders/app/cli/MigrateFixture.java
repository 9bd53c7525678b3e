package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A gateway with consumers, a folder of its own in an OpenBao, and a configuration that names both. */
final class MigrateFixture implements AutoCloseable {
    /** What every key contains, so that a search finds it wherever it leaks to. */
    static final String CANARY = "canary-key";

    /** The keys of the consumers of {@link #fill}: place, path in the object, key. */
    static final List<List<String>> KEYS = List.of(
            List.of("jack", "/plugins/key-auth/key", CANARY + "-of-jack"),
            List.of("jack", "/plugins/basic-auth/password", CANARY + " with \"quotes\" and \\"),
            List.of("jack/credentials/one", "/plugins/key-auth/key", CANARY + "-one"),
            List.of("rose", "/plugins/jwt-auth/secret", CANARY + "-ä漢🔑"),
            List.of("rose/credentials/a.b-c", "/plugins/hmac-auth/secret_key", CANARY + "-hmac"));

    final ApisixAdminApi gateway = ApisixAdminApi.start();
    final Path configuration;
    final Path data;

    private final @Nullable OpenBao bao;
    final String prefix;

    /** What a command printed, and how it ended. */
    record Ran(int code, String out, String err) {}

    /** Makes a fixture whose provider {@code vault/prod} is OpenBao, and {@code more} providers. */
    static MigrateFixture of(Path directory, OpenBao bao, String prefix, String more) throws IOException {
        return new MigrateFixture(directory, bao, prefix, """
                  vault:
                    prod: {uri: '%s', token: '%s', prefix: '%s'}
                %s""".formatted(bao.uri(), bao.rootToken(), prefix, more));
    }

    /** Makes a fixture with these providers. */
    MigrateFixture(Path directory, @Nullable OpenBao bao, String prefix, String providers) throws IOException {
        this.bao = bao;
        this.prefix = prefix;
        this.data = directory.resolve("data");
        this.configuration = Files.writeString(
                directory.resolve("runner.yaml"), """
                runner: {data-dir: %s}
                consumers: {source: admin-api, admin-api: {uri: '%s', admin_key: %s}}
                providers:
                %s""".formatted(data, gateway.uri(), ApisixAdminApi.KEY, providers));
    }

    /** Fills the gateway with the consumers of {@link #KEYS}. */
    void fill() {
        gateway.consumers().put("jack", """
                {"username": "jack", "desc": "first", "labels": {"team": "a"}, "plugins": {
                  "key-auth": {"key": "canary-key-of-jack"},
                  "basic-auth": {"username": "jack", "password": "canary-key with \\"quotes\\" and \\\\"},
                  "limit-count": {"count": 2, "time_window": 0.5, "rules": [], "_meta": {}}}}
                """);
        gateway.consumers().put("jack/credentials/one", """
                {"name": "first of jack", "plugins": {"key-auth": {"key": "canary-key-one"}}}
                """);
        gateway.consumers().put("rose", """
                {"username": "rose", "plugins": {"jwt-auth": {"key": "rose", "secret": "canary-key-ä漢🔑", "exp": 86400}}}
                """);
        gateway.consumers().put("rose/credentials/a.b-c", """
                {"plugins": {"hmac-auth": {"key_id": "rose-1", "secret_key": "canary-key-hmac"}}}
                """);
        gateway.consumers().put("open", """
                {"username": "open"}
                """);
        gateway.consumers().put("done", """
                {"username": "done", "plugins": {"key-auth": {"key": "$secret://vault/prod/done/key"}}}
                """);
    }

    /** Runs the command in this process. */
    Ran migrate(String... arguments) {
        List<String> all = new ArrayList<>(List.of("migrate", "--config", configuration.toString()));
        all.addAll(List.of(arguments));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
        Ran ran = new Ran(code, out.toString(), err.toString());
        assertThat(ran.toString()).doesNotContain(CANARY);
        return ran;
    }

    /** Runs the command in this process, and returns the notes of the keys. */
    List<String> notes(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-o", "json"));
        return JsonMapper.shared()
                .readTree(migrate(all.toArray(String[]::new)).out())
                .valueStream()
                .map(move -> move.path("note").asString(""))
                .toList();
    }

    /** Returns the text of a key's field in the gateway. */
    String inGateway(List<String> key) {
        return gateway.consumers().shown(key.get(0)).at(key.get(1)).asString();
    }

    /** Returns the value in OpenBao behind a reference to {@code vault/prod}; empty if there is none. */
    String inBao(String reference) {
        String path = reference.substring("$secret://vault/prod/".length());
        int slash = path.lastIndexOf('/');
        JsonNode answer = Objects.requireNonNull(bao)
                .http("GET", "/v1/" + dataPath(path.substring(0, slash)), null)
                .json();
        return answer.path("data").path("data").path(path.substring(slash + 1)).asString("");
    }

    /** Returns the path of a secret in OpenBao's API. */
    String dataPath(String name) {
        return prefix.replaceFirst("/", "/data/") + "/" + name;
    }

    /** Checks that each key is in the gateway, or behind the reference that the gateway has in its place. */
    void noKeyIsLost() {
        for (List<String> key : KEYS) {
            String text = inGateway(key);
            assertThat(text.startsWith("$secret://") ? inBao(text) : text)
                    .as("%s %s, shown as %s", key.get(0), key.get(1), text)
                    .isEqualTo(key.get(2));
        }
    }

    /** Checks that no file of the runner holds a key, and that others can read none. */
    void noFileHoldsAKey() throws IOException {
        if (!Files.exists(data)) {
            return;
        }
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).as("%s", file).doesNotContain(CANARY);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
            }
        }
    }

    /** Returns the objects of the gateway as they are shown, without their times. */
    Map<String, JsonNode> objects() {
        Map<String, JsonNode> objects = new TreeMap<>();
        for (String place : List.of("jack", "jack/credentials/one", "rose", "rose/credentials/a.b-c", "open", "done")) {
            var object = gateway.consumers().shown(place);
            object.remove(List.of("create_time", "update_time"));
            objects.put(place, object);
        }
        return objects;
    }

    @Override
    public void close() {
        gateway.close();
    }
}
