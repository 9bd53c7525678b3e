package dev.secretproviders.app.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.cli.output.Paint;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The values of variables, which may be secrets, are in no report. */
class CheckedVariablesTest {
    private static final String CANARY = "canary7token";

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "TOKEN",
            CANARY,
            "WHOLE",
            "$secret://local/shop/" + CANARY + "/key",
            "MALFORMED",
            "$secret://" + CANARY,
            "NAME",
            "X-" + CANARY);

    @TempDir
    Path directory;

    /** Knows one provider, and quotes what it was asked for, as managers do. */
    private static final class Quoting implements Resolving {
        @Override
        public String name() {
            return "a test";
        }

        @Override
        public boolean asRunner() {
            return true;
        }

        @Override
        public Set<ProviderId> providers() {
            return Set.of(new ProviderId("local", "shop"), new ProviderId("local", "canary7tokem"));
        }

        @Override
        public @Nullable ProviderPolicy policy(ProviderId id) {
            return null;
        }

        @Override
        public Map<SecretReference, Result> resolve(Set<SecretReference> references, Consumer<Result> each) {
            Map<SecretReference, Result> results = new LinkedHashMap<>();
            for (SecretReference reference : references) {
                boolean absent = reference.toString().contains("absent");
                boolean resolves = reference.toString().contains("fine");
                results.put(reference, new Result(resolves, absent, resolves ? "" : "there is no " + reference));
            }
            return results;
        }
    }

    private Report report(String name, String text) throws Exception {
        CheckedFiles files = new CheckedFiles(ENVIRONMENT);
        Path file = write(name, text);
        if (name.startsWith("adc")) {
            files.readAdc(file);
        } else {
            files.readApisix(file);
        }
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return new Report(Judge.judge(files.uses(), new Quoting(), false, true, nowhere), true);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static String all(Report report) {
        StringWriter out = new StringWriter();
        report.print(new PrintWriter(out), Paint.none());
        return out + report.tree().toString() + JUnitXml.of(report);
    }

    @Test
    void writtenTextIsShownWhereVariablesArePutIn() throws Exception {
        Report report = report("apisix.yaml", """
                consumers:
                  - username: a
                    plugins: {key-auth: {key: "$secret://local/shop/${{TOKEN}}/key"}}
                  - username: b
                    plugins: {key-auth: {key: "$secret://local/shop/absent-${{TOKEN}}/key"}}
                  - username: c
                    plugins: {key-auth: {key: "$secret://local/${{TOKEN}}/a/key"}}
                  - username: d
                    plugins: {key-auth: {key: "${{WHOLE}}"}}
                  - username: e
                    plugins: {key-auth: {key: "${{MALFORMED}}"}}
                  - username: f
                    plugins: {key-auth: {key: "$secret://local/shop/fine-${{TOKEN}}/key"}}
                  - username: g
                    plugins: {key-auth: {key: "$secret://local/shop/${{NONE:=by-default}}/key"}}
                routes:
                  - id: 1
                    plugins:
                      secret-inject: {headers: {A: "my-key ${secret://local/shop/${{TOKEN}}/key}"}}
                      ext-plugin-pre-req:
                        conf:
                          - {name: secret-inject, value: '{"headers": {"${{NAME}}": "${secret://local/shop/a/b}"}}'}
                          - {name: secret-inject, value: '{"${{NAME}}": {}}'}
                      csrf: {key: "$secret://${{TOKEN}}/a/b/c"}
                """);

        assertThat(all(report)).doesNotContain("canary", "my-key");
        assertThat(report.items().stream().map(Report::text))
                .contains(
                        "consumer a, plugins.key-auth.key: $secret://local/shop/${{TOKEN}}/key: it does not resolve; the"
                                + " reason may hold the value of a variable, and is not shown",
                        "consumer b, plugins.key-auth.key: $secret://local/shop/absent-${{TOKEN}}/key: there is no such"
                                + " secret",
                        "consumer c, plugins.key-auth.key: $secret://local/${{TOKEN}}/a/key: its provider is not there,"
                                + " once its variables are put in",
                        "consumer g, plugins.key-auth.key: $secret://local/shop/by-default/key: there is no"
                                + " $secret://local/shop/by-default/key")
                .anySatisfy(line -> assertThat(line).startsWith("consumer d, plugins.key-auth.key: ${{WHOLE}}: "))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("consumer e, plugins.key-auth.key: ")
                        .endsWith("once its variables are put in: ${{MALFORMED}}"));
        assertThat(report.count(Item.Status.OK)).isEqualTo(1);
        assertThat(report.items()).hasSize(11);
    }

    @Test
    void variablesOfAdcAreNotShownEither() throws Exception {
        Report report = report("adc.yaml", """
                consumers:
                  - username: a
                    credentials:
                      - {name: one, type: key-auth, config: {key: "$secret://local/shop/${TOKEN}/key"}}
                """);

        assertThat(all(report)).doesNotContain("canary").contains("$secret://local/shop/${TOKEN}/key");
        assertThat(List.copyOf(report.items())).hasSize(1);
    }
}
