package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.app.cli.MigrateFixture.Ran;
import dev.secretproviders.app.control.OpenedStore;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.wiring.CommandSocket;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.spi.ProviderId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Keys move from a gateway into OpenBao and moto, and back. */
final class MigrateCommandTest extends WithMigration {
    private static final String[] APPLY = {"--to", "vault/prod", "--apply"};

    @Override
    String moreProviders(String prefix) {
        return """
                    reader: {uri: '%s', token: not-a-token, prefix: '%s'}
                """.formatted(bao.uri(), prefix);
    }

    @AfterEach
    void noFileHoldsAKey() throws Exception {
        fixture.noFileHoldsAKey();
    }

    @Test
    void withoutApplyNothingChangesAndThePlanIsShown() {
        Map<String, JsonNode> before = fixture.objects();

        Ran ran = fixture.migrate("--to", "vault/prod");

        assertThat(ran.code()).as(ran.toString()).isZero();
        assertThat(ran.out())
                .contains("jack/credentials/one", "plugins.key-auth.key", "ready")
                .contains("5 keys can move. Nothing was changed; add --apply to do it.");
        assertThat(fixture.objects()).isEqualTo(before);
        assertThat(fixture.inBao("$secret://vault/prod/consumers/jack/key-auth/key"))
                .isEmpty();
        assertThat(fixture.data).doesNotExist();
    }

    @Test
    void everyKeyMovesAndNothingElseOfTheObjectsChanges() {
        Map<String, JsonNode> before = fixture.objects();

        Ran ran = fixture.migrate(APPLY);

        assertThat(ran.code()).as(ran.toString()).isZero();
        assertThat(ran.out()).contains("Moved: 5 keys.");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0)))
                .isEqualTo("$secret://vault/prod/consumers/jack/key-auth/key");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(4)))
                .isEqualTo("$secret://vault/prod/consumers/rose/credentials/a.b-c/hmac-auth/secret_key");
        assertThat(MigrateFixture.KEYS)
                .allSatisfy(key -> assertThat(fixture.inGateway(key)).startsWith("$secret://"));
        fixture.noKeyIsLost();
        assertThat(fixture.gateway.consumers().inEtcd()).doesNotContain("$secret://", MigrateFixture.CANARY);
        assertThat(withoutKeys(fixture.objects())).isEqualTo(withoutKeys(before));

        Ran again = fixture.migrate(APPLY);
        assertThat(again.code()).isZero();
        assertThat(again.out()).isEqualTo("Moved: 0 keys.%n".formatted());
    }

    /** So that no request of a client waits for the secret manager when the runner sees the reference. */
    @Test
    void runnerHasEachSecretBeforeTheConsumerChanges() throws Exception {
        Files.createDirectory(
                fixture.data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        List<String> asked = new CopyOnWriteArrayList<>();
        try (AdminFixture admin = new AdminFixture(Files.createDirectory(directory.resolve("runner")))) {
            admin.put(
                            "/admin/providers/vault/prod",
                            "{'uri': '%s', 'prefix': '%s', 'token': '%s'}"
                                    .formatted(bao.uri(), fixture.prefix, bao.rootToken()))
                    .expect(201);
            fixture.gateway.onRequest(request -> {
                if (request.startsWith("PUT ")) {
                    String object = request.substring(request.lastIndexOf("consumers/") + "consumers/".length());
                    asked.add(object + " "
                            + MigrateFixture.KEYS.stream()
                                    .filter(key -> key.get(0).equals(object))
                                    .allMatch(key -> isHeld(admin, key)));
                }
            });
            try (CommandSocket _ = CommandSocket.open(fixture.data, admin.api.servlet())) {
                Ran ran = fixture.migrate(APPLY);
                assertThat(ran.code()).as(ran.toString()).isZero();
            }
        }

        assertThat(asked)
                .containsExactlyInAnyOrder(
                        "jack true", "jack/credentials/one true", "rose true", "rose/credentials/a.b-c true");
    }

    private static boolean isHeld(AdminFixture admin, List<String> key) {
        String plugin = key.get(1).split("/", -1)[2];
        return admin.resolver
                        .held(new ProviderId("vault", "prod"), "consumers/" + key.get(0) + "/" + plugin)
                        .current()
                != null;
    }

    @Test
    void undoPutsEveryKeyBack() {
        Map<String, JsonNode> before = fixture.objects();
        fixture.migrate(APPLY);

        Ran plan = fixture.migrate("--to", "vault/prod", "--undo");
        assertThat(plan.out()).contains("5 keys can go back to APISIX. Nothing was changed");
        Ran undone = fixture.migrate("--to", "vault/prod", "--undo", "--apply");

        assertThat(undone.code()).as(undone.toString()).isZero();
        assertThat(undone.out()).contains("Back in APISIX: 5 keys.");
        assertThat(fixture.objects()).isEqualTo(before);
        assertThat(fixture.migrate("--to", "vault/prod", "--undo").out()).contains("There is nothing to put back.");
        // And once more: the secrets are there already, with the same values.
        assertThat(fixture.migrate(APPLY).out()).contains("Moved: 5 keys.");
        fixture.noKeyIsLost();
    }

    @Test
    void undoTouchesOnlyWhatItMovedAndReadsTheValueOfToday() {
        fixture.migrate(APPLY);
        fixture.gateway.consumers().put("jack", """
                {"username": "jack", "plugins": {"key-auth": {"key": "$secret://vault/prod/other/key"},
                  "basic-auth": {"username": "jack", "password": "$secret://vault/prod/consumers/jack/basic-auth/password"}}}
                """);
        fixture.gateway.consumers().remove("rose");
        bao.put(
                fixture.dataPath("consumers/jack/credentials/one/key-auth"),
                Map.of("data", Map.of("key", "canary-key-rotated")));

        Ran undone = fixture.migrate("--to", "vault/prod", "--undo", "--apply");

        assertThat(undone.code()).as(undone.toString()).isZero();
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0))).isEqualTo("$secret://vault/prod/other/key");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(1)))
                .isEqualTo(MigrateFixture.KEYS.get(1).get(2));
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(2))).isEqualTo("canary-key-rotated");
        assertThat(undone.out()).contains("another reference by now", "no longer in the gateway");
    }

    @Test
    void aSecretThatHoldsAnotherValueIsLeftAloneAndSoIsItsKey() {
        bao.put(fixture.dataPath("consumers/jack/key-auth"), Map.of("data", Map.of("key", "of another user")));
        bao.put(fixture.dataPath("consumers/rose/jwt-auth"), Map.of("data", Map.of("other", "x")));

        Ran plan = fixture.migrate("--to", "vault/prod");
        Ran ran = fixture.migrate(APPLY);

        assertThat(plan.code()).isEqualTo(1);
        assertThat(ran.code()).isEqualTo(1);
        assertThat(fixture.notes("--to", "vault/prod"))
                .anySatisfy(note -> assertThat(note).contains("with another value", "--folder"));
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0)))
                .isEqualTo(MigrateFixture.KEYS.get(0).get(2));
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(1))).startsWith("$secret://");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(3)))
                .isEqualTo(MigrateFixture.KEYS.get(3).get(2));
        assertThat(bao.http("GET", "/v1/" + fixture.dataPath("consumers/jack/key-auth"), null)
                        .text())
                .contains("of another user");
    }

    @Test
    void onlyTheConsumersAndKindsThatAreNamedMove() {
        Ran ran = fixture.migrate("--to", "vault/prod", "--apply", "--consumer", "ja*", "--kind", "key-auth");

        assertThat(ran.out()).contains("Moved: 2 keys.");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(1)))
                .isEqualTo(MigrateFixture.KEYS.get(1).get(2));
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(3)))
                .isEqualTo(MigrateFixture.KEYS.get(3).get(2));
    }

    @Test
    void routesWithTheGatewaysOwnPluginsMustBeAccepted() {
        var route = JsonMapper.shared().createObjectNode();
        route.putObject("plugins").putObject("key-auth");
        fixture.gateway.store("routes", "native", route);

        assertThat(fixture.migrate("--to", "vault/prod").err()).contains("warning:", "routes/native uses key-auth");
        Ran refused = fixture.migrate(APPLY);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("routes/native uses key-auth", "--accept-native");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0)))
                .isEqualTo(MigrateFixture.KEYS.get(0).get(2));
        assertThat(fixture.migrate("--to", "vault/prod", "--apply", "--accept-native")
                        .out())
                .contains("Moved: 5 keys.");
    }

    @Test
    void keysThatWouldMeanSomethingElseOrComeBackStay() {
        fixture.gateway.consumers().put("hashed", """
                {"username": "hashed", "plugins": {"key-auth": {"key": "sha256:%s"}}}
                """.formatted("ab".repeat(32)));
        fixture.gateway.consumers().put("shop_rose", """
                {"username": "shop_rose", "labels": {"managed-by": "apisix-ingress-controller"},
                 "plugins": {"key-auth": {"key": "canary-key-of-the-shop"}}}
                """);

        assertThat(fixture.notes(APPLY))
                .anySatisfy(note -> assertThat(note).contains("form of a hash"))
                .anySatisfy(note -> assertThat(note).contains("Ingress Controller owns"));
        assertThat(fixture.gateway.consumers().shown("shop_rose").toString()).contains("canary-key-of-the-shop");
    }

    @Test
    void aCredentialThatMayNotWriteChangesNothing() {
        Map<String, JsonNode> before = fixture.objects();

        Ran ran = fixture.migrate("--to", "vault/prod", "--write-with", "vault/reader", "--apply");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("failed");
        assertThat(ran.err()).contains("3 objects in a row failed");
        assertThat(fixture.objects()).isEqualTo(before);
    }

    @Test
    void wrongWordsAreExplained() {
        assertThat(fixture.migrate("--to", "vault/pord").err()).contains("did you mean vault/prod?");
        assertThat(fixture.migrate("--to", "env/process").err()).contains("keys cannot be written to env/process");
        assertThat(fixture.migrate("--to", "vault/prod", "--kind", "key-aut").err())
                .contains("did you mean key-auth?");
        assertThat(fixture.migrate("--to", "vault/prod", "--folder", "a/../b").err())
                .contains("--folder: 'a/../b' cannot stand in a reference");
        assertThat(fixture.migrate("--to", "vault/prod", "--folder", "a?b").err())
                .contains("--folder");
        assertThat(fixture.migrate("--to", "vault/prod", "--apisix", "http://127.0.0.1:1")
                        .err())
                .contains(System.getenv("APISIX_ADMIN_KEY") == null ? "APISIX_ADMIN_KEY" : "http://127.0.0.1:1");
        assertThat(fixture.migrate("--to", "vault/pord").code()).isEqualTo(2);
        assertThat(fixture.migrate().err()).contains("--to");
    }

    @Test
    void aJournalOfAnotherMigrationOrALaterVersionIsRefused() throws Exception {
        fixture.migrate(APPLY);
        Path journal = fixture.data.resolve("migration-vault-prod.jsonl");
        String written = Files.readString(journal);

        Files.writeString(journal, written.replace("\"format\":1", "\"format\":2"));
        assertThat(fixture.migrate(APPLY).err()).contains("has format 2", "use the version that wrote it");
        Files.writeString(journal, written.replace("vault/prod", "vault/test"));
        assertThat(fixture.migrate(APPLY).err()).contains("belongs to the migration of", "--journal");
        Files.writeString(journal, written.replaceFirst("\\{\"placing\"", "{placing"));
        assertThat(fixture.migrate("--to", "vault/prod", "--undo").err()).contains("line 2");
        // A crash cut the last line off: what was on the disk counts.
        Files.writeString(journal, written + "{\"placing\":\"ja");
        assertThat(fixture.migrate("--to", "vault/prod", "--undo").out()).contains("5 keys can go back");
    }

    @Test
    void keysMoveToAwsAndBack(@TempDir Path other) throws Exception {
        try (Moto moto = Moto.start();
                MigrateFixture aws = new MigrateFixture(other, null, "", """
                          aws:
                            prod: {endpoint_url: '%s', access_key_id: test, secret_access_key: test}
                        """.formatted(moto.uri()))) {
            aws.fill();
            Map<String, JsonNode> before = aws.objects();

            Ran ran = aws.migrate("--to", "aws/prod", "--apply");

            assertThat(ran.out()).as(ran.toString()).contains("Moved: 5 keys.");
            assertThat(moto.call("GetSecretValue", Map.of("SecretId", "consumers/rose/jwt-auth"))
                            .path("SecretString")
                            .asString())
                    .isEqualTo("{\"secret\":\"canary-key-ä漢🔑\"}");
            assertThat(aws.inGateway(MigrateFixture.KEYS.get(3)))
                    .isEqualTo("$secret://aws/prod/consumers/rose/jwt-auth/secret");
            assertThat(aws.migrate("--to", "aws/prod", "--undo", "--apply").out())
                    .contains("Back in APISIX: 5 keys.");
            assertThat(aws.objects()).isEqualTo(before);
            aws.noFileHoldsAKey();
        }
    }

    @Test
    void keysMoveIntoLocalSecretsAndBack(@TempDir Path other) throws Exception {
        try (MigrateFixture local = new MigrateFixture(other, null, "", """
                  local:
                    own: {}
                """)) {
            local.fill();
            Map<String, JsonNode> before = local.objects();
            assertThat(local.migrate("--to", "local/own").err()).contains("there is no store at");
            new Startup(new ConfigurationSource(local.configuration, null)).withConfiguration(false, configuration -> {
                OpenedStore.open(configuration.control(), false).close();
                return "";
            });

            Ran ran = local.migrate("--to", "local/own", "--apply");

            assertThat(ran.out()).as(ran.toString()).contains("Moved: 5 keys.");
            assertThat(local.inGateway(MigrateFixture.KEYS.get(0)))
                    .isEqualTo("$secret://local/own/consumers/jack/key-auth/key");
            Ran again = local.migrate("--to", "local/own", "--undo", "--apply");
            assertThat(again.out()).as(again.toString()).contains("Back in APISIX: 5 keys.");
            assertThat(local.objects()).isEqualTo(before);
            assertThat(local.migrate("--to", "local/onw").err()).contains("did you mean local/own?");
        }
    }

    /** Returns the objects with one text in place of each key and reference. */
    private static Map<String, JsonNode> withoutKeys(Map<String, JsonNode> objects) {
        Map<String, JsonNode> without = new TreeMap<>();
        objects.forEach((place, object) -> without.put(place, object.deepCopy()));
        for (List<String> key : MigrateFixture.KEYS) {
            int slash = key.get(1).lastIndexOf('/');
            ((ObjectNode) Objects.requireNonNull(without.get(key.get(0)))
                            .at(key.get(1).substring(0, slash)))
                    .put(key.get(1).substring(slash + 1), "key");
        }
        return without;
    }
}
