package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.cli.MigrateFixture.Ran;
import dev.secretproviders.app.wiring.CommandSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What {@code migrate} refuses or leaves alone, so that no key goes astray. */
final class MigrateRefusalsTest extends WithMigration {
    private static final String[] APPLY = {"--to", "vault/prod", "--apply"};
    private static final String ONE = "GET /apisix/admin/consumers/jack/credentials/one";

    @Override
    String moreProviders(String prefix) {
        return """
                    elsewhere: {uri: '%1$s', token: '%2$s', prefix: secret/elsewhere}
                    space: {uri: '%1$s', token: '%2$s', prefix: '%3$s', namespace: other}
                    engine: {uri: '%1$s', token: '%2$s', prefix: '%3$s', kv_version: kv-v1}
                    refused: {uri: '%1$s', token: not-a-token, prefix: '%3$s'}
                  aws:
                    prod: {access_key_id: a, secret_access_key: b}
                """.formatted(bao.uri(), bao.rootToken(), prefix);
    }

    @Test
    void aProviderThatWouldWriteElsewhereThanTheOtherReadsIsRefused() {
        Map<String, String> differing = Map.of(
                "vault/elsewhere", "another prefix",
                "vault/space", "another namespace",
                "vault/engine", "another kv_version",
                "aws/prod", "another manager");

        differing.forEach((writer, what) -> {
            Ran ran = fixture.migrate("--to", "vault/prod", "--write-with", writer, "--apply");
            assertThat(ran.code()).as(ran.toString()).isEqualTo(2);
            assertThat(ran.err()).contains(what, "would write elsewhere than vault/prod reads");
        });

        assertThat(bao.http("GET", "/v1/secret/data/elsewhere/consumers/jack/key-auth", null)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aFileThatIsNoJournalIsLeftAsItIs() throws Exception {
        Path token = Files.writeString(directory.resolve("admin-token"), "sp_a-token-without-a-newline");

        Ran ran = fixture.migrate("--to", "vault/prod", "--apply", "--journal", token.toString());

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("is not the journal of a migration", "--journal");
        assertThat(token).hasContent("sp_a-token-without-a-newline");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0)))
                .isEqualTo(MigrateFixture.KEYS.get(0).get(2));
    }

    @Test
    void aJournalWhoseFirstLineACrashCutOffIsBegunAgain() throws Exception {
        fixture.migrate(APPLY);
        fixture.migrate("--to", "vault/prod", "--undo", "--apply");
        Path journal = fixture.data.resolve("migration-vault-prod.jsonl");
        Files.writeString(journal, Files.readString(journal).substring(0, 40));

        assertThat(fixture.migrate(APPLY).out()).contains("Moved: 5 keys.");
        assertThat(fixture.migrate("--to", "vault/prod", "--undo").out()).contains("5 keys can go back");
    }

    @Test
    void undoWritesNoTextIntoTheGatewayThatItWouldTakeForSomethingElse() {
        fixture.migrate(APPLY);
        bao.put(
                fixture.dataPath("consumers/jack/key-auth"),
                Map.of("data", Map.of("key", "sha256:" + "ab".repeat(32))));
        bao.put(
                fixture.dataPath("consumers/rose/jwt-auth"),
                Map.of("data", Map.of("secret", "$secret://vault/prod/other/key")));

        Ran undone = fixture.migrate("--to", "vault/prod", "--undo", "--apply");

        assertThat(undone.code()).isEqualTo(1);
        assertThat(undone.out()).contains("Back in APISIX: 3 keys; 2 keys stay");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0)))
                .isEqualTo("$secret://vault/prod/consumers/jack/key-auth/key");
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(3)))
                .isEqualTo("$secret://vault/prod/consumers/rose/jwt-auth/secret");
        assertThat(fixture.notes("--to", "vault/prod", "--undo"))
                .anySatisfy(note -> assertThat(note).contains("the secret is a hash"))
                .anySatisfy(
                        note -> assertThat(note).contains("the manager has no such secret any more: ", "reference"));
        // They are in the journal still, so they go back when the secrets are keys again.
        bao.put(fixture.dataPath("consumers/jack/key-auth"), Map.of("data", Map.of("key", "canary-key-again")));
        bao.put(fixture.dataPath("consumers/rose/jwt-auth"), Map.of("data", Map.of("secret", "canary-key-rose")));
        assertThat(fixture.migrate("--to", "vault/prod", "--undo", "--apply").out())
                .contains("Back in APISIX: 2 keys.");
    }

    /** The Ingress Controller sets Name, Type and Config of a credential, and its labels on the consumer only. */
    @Test
    void credentialsBelowAConsumerOfTheIngressControllerStay() {
        fixture.gateway.consumers().put("shop_rose", """
                {"username": "shop_rose", "labels": {"k8s/kind": "Consumer", "manager-by": "apisix-ingress-controller"}}
                """);
        fixture.gateway.consumers().put("shop_rose/credentials/one", """
                {"name": "one", "plugins": {"key-auth": {"key": "canary-key-of-the-shop"}}}
                """);

        assertThat(fixture.notes(APPLY))
                .anySatisfy(note -> assertThat(note).contains("its consumer carries the label", "Ingress Controller"));
        assertThat(fixture.gateway
                        .consumers()
                        .shown("shop_rose/credentials/one")
                        .toString())
                .contains("canary-key-of-the-shop");
    }

    /** Plain ADC puts labels on services and upstreams, and none on consumers. */
    @Test
    void aGatewayOfAdcMustBeAccepted() {
        ObjectNode service = JsonMapper.shared().createObjectNode();
        service.putObject("labels").put("__ADC_NAME", "shop");
        fixture.gateway.store("services", "shop", service);
        Map<String, JsonNode> before = fixture.objects();

        assertThat(fixture.migrate("--to", "vault/prod").err()).contains("warning: services/shop", "ADC owns");
        Ran refused = fixture.migrate(APPLY);

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("services/shop", "ADC owns this gateway", "--accept-owner");
        assertThat(fixture.objects()).isEqualTo(before);
        assertThat(fixture.migrate("--to", "vault/prod", "--apply", "--accept-owner")
                        .out())
                .contains("Moved: 5 keys.");
    }

    @Test
    void aRunnerThatCannotBeAskedIsNotTakenForNone() throws Exception {
        assertThat(fixture.migrate("--to", "vault/prod").err())
                .contains("no runner is asked", fixture.data.toString(), "runner.data-dir");
        Path socket = CommandSocket.in(fixture.data);
        Files.createDirectories(socket.getParent());
        Files.writeString(socket, "of another program");

        Ran ran = fixture.migrate(APPLY);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("the running runner cannot be asked", socket.toString());
        assertThat(fixture.inGateway(MigrateFixture.KEYS.get(0)))
                .isEqualTo(MigrateFixture.KEYS.get(0).get(2));
    }

    @Test
    void anObjectThatSomebodyChangesMeanwhileIsLeftAsItIs() {
        changeBeforeLook(2);

        Ran ran = fixture.migrate(APPLY);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("Moved: 4 keys; 1 key stays where it is");
        assertThat(fixture.gateway.consumers().shown("jack/credentials/one").toString())
                .contains("renamed", "canary-key-new");
        // No secret was created for the old key, so the new one moves.
        assertThat(fixture.migrate(APPLY).out()).contains("Moved: 1 key.");
        assertThat(fixture.inBao("$secret://vault/prod/consumers/jack/credentials/one/key-auth/key"))
                .isEqualTo("canary-key-new");
    }

    @Test
    void aSecretOfAKeyThatChangedAfterItWasCreatedIsNamed() {
        changeBeforeLook(3);

        assertThat(fixture.notes(APPLY))
                .anySatisfy(note -> assertThat(note)
                        .contains(
                                "changed it meanwhile", "remove the secret 'consumers/jack/credentials/one/key-auth"));
        assertThat(fixture.gateway.consumers().shown("jack/credentials/one").toString())
                .contains("renamed", "canary-key-new");
        assertThat(fixture.notes(APPLY))
                .anySatisfy(note -> assertThat(note).contains("one/key-auth' is there already, with another value"));
    }

    /** Writes the credential as another client does, before the command looks at it for the so many-th time. */
    private void changeBeforeLook(int number) {
        AtomicInteger looks = new AtomicInteger();
        fixture.gateway.onRequest(request -> {
            if (request.equals(ONE) && looks.incrementAndGet() == number) {
                fixture.gateway.consumers().put("jack/credentials/one", """
                        {"name": "renamed", "plugins": {"key-auth": {"key": "canary-key-new"}}}
                        """);
            }
        });
    }

    @Test
    void aPlanStopsWhenTheManagerRefusesEverything() {
        Ran ran = fixture.migrate("--to", "vault/refused");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("3 objects in a row failed");
    }

    @Test
    void onlyTheConsumersThatAreMeantAreReadAndTheyAreReadOnce() {
        List<String> requests = new CopyOnWriteArrayList<>();
        fixture.gateway.onRequest(requests::add);

        fixture.migrate("--to", "vault/prod", "--consumer", "jack");

        assertThat(requests)
                .containsOnlyOnce("GET /apisix/admin/consumers", "GET /apisix/admin/consumers/jack/credentials")
                .doesNotContain("GET /apisix/admin/consumers/rose/credentials");
    }
}
