package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code check} of files and of an etcd, with the providers of a configuration and those of a runner. */
class CheckTest {
    private static final String CANARY = "canary-key-of-rose";

    @TempDir
    Path directory;

    private Path config = Path.of("");

    @BeforeEach
    void configure() throws IOException {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("jack"), "canary-key-of-jack");
        Files.writeString(secrets.resolve("upstream"), "canary-of-upstream");
        config = Files.writeString(
                directory.resolve("runner.yaml"), """
                runner: {data-dir: %s}
                providers:
                  file:
                    prod: {directory: %s, inject: [{paths: [upstream]}]}
                    team: {directory: %s, access: [{consumers: ["shop_*"]}]}
                """.formatted(directory.resolve("data"), secrets, secrets));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private CommandRun check(Object... arguments) {
        List<String> line = new ArrayList<>(List.of("--config", config.toString(), "check"));
        for (Object argument : arguments) {
            line.add(argument.toString());
        }
        CommandRun run = CommandRun.of(line);
        assertThat(run.printed()).doesNotContain("canary");
        return run;
    }

    @Test
    void fileOfApisixIsCheckedWithLines() throws Exception {
        Path file = write("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins:
                      key-auth:
                        key: $secret://file/prod/jack
                  - username: rose
                    plugins: {key-auth: {key: %s}}
                  - id: jack/credentials/one
                    plugins:
                      basic-auth:
                        username: jack
                        password: $secret://file/prod/gone
                  - username: john
                    plugins: {key-auth: {key: $secret://file/prd/john}}
                  - username: mary
                    plugins: {key-auth: {key: $secret://file/team/jack}}
                  - username: anna
                    plugins: {key-auth: {key: "$secret://file/prod"}}
                  - username: paul
                    plugins: {key-auth: {key: secret://file/prod/paul}}
                  - username: lisa
                    plugins: {key-auth: {key: "${{NO_SUCH_VARIABLE}}"}}
                routes:
                  - id: 1
                    uri: /a
                    plugins:
                      secret-inject:
                        headers:
                          Authorization: Bearer ${secret://file/prod/upstream}
                          X-Key: ${secret://file/prod/jack}
                  - id: 2
                    uri: /b
                    plugins:
                      openid-connect: {client_secret: $secret://vault/1/a/b}
                      csrf: {key: $env://CSRF}
                      proxy-rewrite: {headers: {set: {X: "Bearer $secret://file/prod/jack"}}}
                      ext-plugin-pre-req:
                        conf:
                          - {name: secret-inject, value: '{"headers": {"A": "plain"}}'}
                #END
                """.formatted(CANARY));

        CommandRun run = check("--apisix-yaml", file);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().lines())
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":7: warning: consumer rose, plugins.key-auth.key: the key itself"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":12: error: credential jack/one, plugins.basic-auth.password:"
                                + " $secret://file/prod/gone: "))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":14: error: consumer john")
                        .contains("there is no provider 'file/prd'; did you mean 'file/prod'?"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":16: error: consumer mary")
                        .contains("the field access of provider 'file/team' does not allow it to consumer 'mary'"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":18: error: consumer anna")
                        .contains("invalid secret reference"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":20: error: consumer paul")
                        .contains("looks like a reference"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":22: note: consumer lisa")
                        .contains("NO_SUCH_VARIABLE"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":30: error: route 1, plugins.secret-inject.headers.X-Key")
                        .contains("the field inject of provider 'file/prod'"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":34: note: route 2, plugins.openid-connect.client_secret")
                        .contains("APISIX resolves this field"))
                .anySatisfy(line ->
                        assertThat(line).startsWith(file + ":35: note: route 2").contains("own environment"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":36: warning: route 2")
                        .contains("within a text"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(file + ":39: error: route 2")
                        .contains("holds no reference"))
                .endsWith("resolved: 2, errors: 7, warnings: 2, not checked: 3");
        assertThat(check("--apisix-yaml", file, "--no-literals").out()).contains(":7: error:");
    }

    @Test
    void filesOfAdcAndManifestsOfTheControllerAreChecked() throws Exception {
        Path adc = write("adc.yaml", """
                consumers:
                  - username: shop_jack
                    credentials:
                      - name: one
                        type: key-auth
                        config: {key: $secret://file/team/jack}
                      - name: two
                        type: jwt-auth
                        config: {key: jack, secret: $secret://file/prod/gone}
                global_rules:
                  secret-inject: {headers: {A: "${secret://file/prod/jack}"}}
                consumer_groups:
                  - name: g
                    plugins:
                      secret-inject: {headers: {B: "${secret://file/prod/upstream}"}}
                services:
                  - name: httpbin
                    routes:
                      - name: a
                        uris: [/a]
                        plugins:
                          secret-inject: {query: {token: "${secret://file/prod/upstream}"}}
                """);
        Path manifests = Files.createDirectories(directory.resolve("manifests/below"));
        Path manifest = Files.writeString(manifests.resolve("jack.yml"), """
                apiVersion: v1
                kind: ConfigMap
                data: {a: $secret://file/prod/not-looked-at}
                ---
                apiVersion: apisix.apache.org/v2
                kind: ApisixConsumer
                metadata: {name: jack, namespace: shop}
                spec:
                  authParameter:
                    keyAuth:
                      value: {key: $secret://file/team/jack}
                ---
                apiVersion: apisix.apache.org/v1alpha1
                kind: Consumer
                metadata: {name: jack}
                spec:
                  credentials:
                    - type: key-auth
                      name: one
                      config:
                        key: $secret://file/team/jack
                ---
                apiVersion: apisix.apache.org/v2
                kind: ApisixRoute
                metadata: {name: r}
                spec:
                  http:
                    - name: a
                      plugins:
                        - name: secret-inject
                          enable: true
                          config: {headers: {A: "${secret://file/prod/jack}"}}
                """);

        CommandRun run =
                check("--adc", adc, "--crd", Objects.requireNonNull(manifests.getParent()), "--namespace", "default");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().lines())
                .hasSize(5)
                .anySatisfy(line -> assertThat(line)
                        .startsWith(adc + ":11: error: global_rules, secret-inject.headers.A: ")
                        .contains("the field inject of provider 'file/prod'"))
                .anySatisfy(
                        line -> assertThat(line)
                                .startsWith(
                                        adc
                                                + ":9: error: consumer shop_jack, credentials[1].config.secret: $secret://file/prod/gone"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(manifest + ":21: error: Consumer default/jack, spec.credentials[0].config.key")
                        .contains("consumer 'default_jack'"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(manifest
                                + ":32: error: ApisixRoute default/r, spec.http[0].plugins[0].config.headers.A"))
                .endsWith("resolved: 4, errors: 4");
        CommandRun unknown = check("--crd", manifest);
        assertThat(unknown.out())
                .contains(manifest + ":15: note: Consumer jack, metadata.namespace: ", "--namespace")
                .contains("resolved: 2, errors: 1, not checked: 1");
    }

    @Test
    void reportIsAlsoJsonYamlAndJUnit() throws Exception {
        Path file = write("apisix.json", """
                {"consumers": [
                  {"username": "jack", "plugins": {"key-auth": {"key": "$secret://file/prod/jack"}}},
                  {"username": "rose", "plugins": {"key-auth": {"key": "$secret://file/prod/a\\u0007&<b"}}},
                  {"username": "john", "plugins": {"key-auth": {"key": "canary"}}}]}
                """);

        CommandRun json = check("--apisix-yaml", file, "-o", "json");
        CommandRun yaml = check("--apisix-yaml", file, "-o", "yaml");
        CommandRun junit = check("--apisix-yaml", file, "-o", "junit");

        JsonNode tree = JsonMapper.shared().readTree(json.out());
        assertThat(tree.at("/summary").toString()).isEqualTo("{\"ok\":1,\"error\":1,\"warning\":1,\"unchecked\":0}");
        assertThat(tree.at("/results/1/line").asInt()).isEqualTo(3);
        assertThat(json.err()).contains("apisix.json:3: error: ", "resolved: 1, errors: 1, warnings: 1");
        assertThat(yaml.out()).contains("status: ok", "line: 2", "object: consumer jack");
        Document xml = DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(junit.out())));
        Element suite = (Element) xml.getElementsByTagName("testsuite").item(0);
        assertThat(suite.getAttribute("tests")).isEqualTo("3");
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        Element failure = (Element) xml.getElementsByTagName("failure").item(0);
        assertThat(failure.getTextContent()).startsWith(file + ":3: consumer rose");
        assertThat(List.of(json.code(), yaml.code(), junit.code())).containsOnly(1);
    }

    @Test
    void chainIsWellIfOneOfItIsThereAndNothingIsFetchedOnDemand() throws Exception {
        Path file = write("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://file/prod/gone||$secret://file/prod/jack}}
                  - username: rose
                    plugins: {key-auth: {key: $secret://file/prod/gone}}
                """);
        // The runner takes no credential with a reference that may not be used, whichever comes first.
        Path wrong = write("wrong.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $secret://file/prod/jack||$secret://file/prd/jack}}
                  - username: rose
                    plugins: {key-auth: {key: $secret://file/prod/jack||$secret://file/team/jack}}
                """);

        assertThat(check("--apisix-yaml", file).out()).contains(":5: error:", "resolved: 1, errors: 1");
        assertThat(check("--apisix-yaml", wrong).out())
                .contains(":3: error:", "there is no provider 'file/prd'; did you mean 'file/prod'?")
                .contains(":5: error:", "the field access of provider 'file/team'", "resolved: 0, errors: 2");
        CommandRun quick = check("--apisix-yaml", file, "--no-fetch");
        assertThat(quick.code()).isZero();
        assertThat(quick.out()).isEqualTo("right as written: 2, errors: 0\n");
        Path version = write("version.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "$env://JACK?version=3"}}
                """);
        assertThat(check("--apisix-yaml", version, "--no-fetch").out())
                .contains(":3: error: ", "environment variables have no versions", "right as written: 0, errors: 1");
    }

    @Test
    void whatCannotBeReadIsNamedAndIsNoResult() throws Exception {
        Path broken = write("apisix.yaml", "consumers: [{username: jack, plugins: {key-auth: {key: canary}}\n");
        CommandRun run = check("--apisix-yaml", broken, "--adc", directory.resolve("no-such-file.yaml"));

        assertThat(run.code()).isEqualTo(Main.WRONG_CONFIGURATION);
        assertThat(run.err())
                .contains(
                        "apisix.yaml:",
                        "not well-formed YAML",
                        "no-such-file.yaml: cannot be read: there is no such file");
        assertThat(check().code()).isEqualTo(Main.WRONG_CONFIGURATION);
        CommandRun noEtcd = check("--etcd");
        assertThat(noEtcd.code()).isEqualTo(Main.WRONG_CONFIGURATION);
        assertThat(noEtcd.err()).contains("consumers.source: etcd");
    }

    @Test
    void consumerOfAManifestHasTheLabelsThatTheControllerGivesIt() throws Exception {
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("[{consumers: [\"shop_*\"]}]", "[{labels: {team: a, \"[k8s/namespace]\": shop}}]"));
        Path manifest = write("consumers.yaml", """
                apiVersion: apisix.apache.org/v1alpha1
                kind: Consumer
                metadata: {name: jack, namespace: shop, labels: {team: a, k8s/namespace: other}}
                spec: {credentials: [{type: key-auth, config: {key: $secret://file/team/jack}}]}
                ---
                apiVersion: apisix.apache.org/v1alpha1
                kind: Consumer
                metadata: {name: rose, namespace: shop}
                spec: {credentials: [{type: key-auth, config: {key: $secret://file/team/jack}}]}
                """);

        assertThat(check("--crd", manifest).out()).contains(":9: error: Consumer shop/rose", "resolved: 1, errors: 1");
    }

    @Test
    void environmentOfTheRunnerIsNotJudgedByThatOfThisProcess() throws Exception {
        Path file = write("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: $env://NO_SUCH_VARIABLE}}
                  - username: rose
                    plugins: {key-auth: {key: $env://NO_SUCH_VARIABLE||$secret://file/prod/gone}}
                  - username: mary
                    plugins: {key-auth: {key: $env://NO_SUCH_VARIABLE||$secret://file/prod/jack}}
                """);

        CommandRun run = check("--apisix-yaml", file);

        assertThat(run.code()).as(run.printed()).isZero();
        assertThat(run.out())
                .contains(":3: note: ", ":5: note: ", "in its own environment, which is not known here")
                .endsWith("resolved: 1, errors: 0, not checked: 2\n");
        assertThat(run.err()).contains("Resolved by this command, with the providers of its configuration.");
    }

    @Test
    void directoryThatCannotBeReadIsNamed() throws Exception {
        Path manifests = Files.createDirectory(directory.resolve("manifests"));
        // Root may read what others may not. A path that is too long stops everyone.
        shell(
                "i=0; n=$(printf '%0200d' 0); while [ $i -lt 25 ]; do mkdir $n && cd -P $n || exit 1; i=$((i+1)); done",
                manifests);
        try {
            CommandRun run = check("--crd", manifests);

            assertThat(run.code()).as(run.printed()).isEqualTo(Main.WRONG_CONFIGURATION);
            assertThat(run.err()).contains(manifests + ": cannot be read: ").doesNotContain("\tat ");
        } finally {
            shell("rm -rf 0*", manifests);
        }
    }

    private static void shell(String script, Path where) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", script)
                .directory(where.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void runningRunnerIsAskedAboutTheProvidersOfItsStore() throws Exception {
        try (AdminFixture admin = new AdminFixture(Files.createDirectory(directory.resolve("runner")))) {
            Path secrets = admin.fileProvider("stored", Map.of("jack", "canary-key-of-jack"));
            admin.put(
                            "/admin/providers/file/limited",
                            "{'directory': '" + secrets + "', 'access': [{'consumers': ['rose']}]}")
                    .expect(201);
            Path token = write("token", admin.token("operator", ""));
            Path file = write("adc.yaml", """
                    consumers:
                      - username: jack
                        plugins: {key-auth: {key: $secret://file/stored/jack}}
                      - username: john
                        plugins: {key-auth: {key: $secret://file/stored/gone}}
                      - username: mary
                        plugins: {key-auth: {key: $secret://file/limited/jack}}
                      - username: anna
                        plugins: {key-auth: {key: $env://JACK_KEY}}
                    """);

            CommandRun run = check("--adc", file, "--admin", admin.uri(), "--token-file", token);

            assertThat(run.code()).as(run.printed()).isEqualTo(1);
            assertThat(run.out().lines())
                    .hasSize(3)
                    .anySatisfy(line -> assertThat(line).startsWith(file + ":5: error: consumer john"))
                    .anySatisfy(line -> assertThat(line)
                            .startsWith(file + ":7: error: consumer mary")
                            .contains("does not allow it to consumer 'mary'"))
                    .endsWith("resolved: 2, errors: 2");
            assertThat(run.err()).contains("Resolved by the runner at " + admin.uri());
            Path limited = write("limited", admin.token("operator", ", 'scope': {'providers': ['file/limited']}"));
            assertThat(check("--adc", file, "--admin", admin.uri(), "--token-file", limited)
                            .out()
                            .lines())
                    .anySatisfy(line -> assertThat(line)
                            .startsWith(file + ":3: error: consumer jack")
                            .contains("there is no provider 'file/stored', or it is not in the scope of your token"));
        }
    }

    @Test
    void etcdOfApisixIsChecked() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            etcd.put(
                    "/apisix/consumers/jack",
                    "{\"username\":\"jack\",\"plugins\":{\"key-auth\":{\"key\":\"$secret://file/prod/jack\"}}}");
            etcd.put(
                    "/apisix/consumers/rose/credentials/one",
                    "{\"plugins\":{\"key-auth\":{\"key\":\"$secret://file/prod/gone\"}}}");
            etcd.put("/apisix/consumers/rose", "{\"username\":\"rose\"}");
            etcd.put(
                    "/apisix/consumers/mary",
                    "{\"username\":\"mary\",\"plugins\":{\"key-auth\":"
                            + "{\"key\":\"$secret://file/prod/gone||$secret://file/prod/jack\"}}}");
            etcd.put(
                    "/apisix/consumers/anna",
                    "{\"username\":\"anna\",\"plugins\":{\"key-auth\":"
                            + "{\"key\":\"$secret://file/prod/jack||$secret://file/team/jack\"}}}");
            etcd.put(
                    "/apisix/consumers/john",
                    "{\"username\":\"john\",\"plugins\":{\"key-auth\":{\"key\":\"canary-key-of-john\"}}}");
            etcd.put(
                    "/apisix/routes/1",
                    "{\"uri\":\"/a\",\"plugins\":{\"secret-inject\":{\"headers\":{\"A\":\"${secret://file/prod/jack}\"}}}}");
            Files.writeString(
                    config,
                    Files.readString(config) + "consumers: {source: etcd, etcd: {endpoints: ['" + etcd.endpoint()
                            + "']}}\n");

            CommandRun run = check("--etcd");

            assertThat(run.code()).as(run.printed()).isEqualTo(1);
            assertThat(run.out().lines())
                    .hasSize(5)
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("etcd: error: consumer anna, plugins.key-auth.key: $secret://file/prod/jack||")
                            .contains("the field access of provider 'file/team'"))
                    .anySatisfy(line -> assertThat(line)
                            .startsWith(
                                    "etcd: error: credential rose/one, plugins.key-auth.key: $secret://file/prod/gone"))
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("etcd: warning: consumer john, plugins.key-auth.key: the key itself"))
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("etcd: error: route 1, plugins.secret-inject.headers.A")
                            .contains("the field inject"))
                    .endsWith("resolved: 2, errors: 3, warnings: 1");
        }
    }
}
