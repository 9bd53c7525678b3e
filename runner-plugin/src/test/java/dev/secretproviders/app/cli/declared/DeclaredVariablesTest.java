package dev.secretproviders.app.cli.declared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.cli.call.Condition;
import dev.secretproviders.app.cli.document.Variables;
import dev.secretproviders.app.cli.output.Paint;
import dev.secretproviders.app.control.CannotStartException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The values of variables, which may be secrets, are in no plan. */
class DeclaredVariablesTest {
    private static final String CANARY = "canary7secret";

    @TempDir
    Path directory;

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    /** A runner with one certificate. */
    private static final class Stored implements AdminConnection {
        private static final String OBJECT =
                "{'value': {'id': 'old', 'key': '$secret://local/a/canary-earlier/k', 'desc': 'canary-earlier'}}";

        @Override
        public Reply call(String method, String path, @Nullable JsonNode body, @Nullable Condition condition) {
            return new Reply(
                    200, json(path.contains("?") ? "{'total': 1, 'list': [" + OBJECT + "]}" : OBJECT), "\"1\"");
        }

        @Override
        public String place() {
            return "here";
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @Test
    void tokenWhoseCreationHasNoAnswerMayExist() throws Exception {
        AdminConnection silent = new AdminConnection() {
            @Override
            public Reply call(String method, String path, @Nullable JsonNode body, @Nullable Condition condition)
                    throws CannotStartException {
                if (method.equals("GET")) {
                    return new Reply(200, json("{'total': 0, 'list': []}"), null);
                }
                throw new CannotStartException("no answer in time", null);
            }

            @Override
            public String place() {
                return "here";
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
        Path file = Files.writeString(directory.resolve("providers.yaml"), "tokens: {ci: {roles: [viewer]}}");
        Plan plan = Planner.plan(silent, DeclaredFile.read(file, Variables.none()), false);
        StringWriter err = new StringWriter();

        int code = new Applying(new PrintWriter(new StringWriter()), new PrintWriter(err), directory.resolve("tokens"))
                .apply(plan);

        assertThat(code).isEqualTo(1);
        assertThat(err.toString())
                .contains("failed: create token ci: no answer in time. The token may exist all the same");
    }

    @Test
    void writtenTextIsShownWhereVariablesArePutIn() throws Exception {
        Path file = Files.writeString(directory.resolve("providers.yaml"), """
                certificates:
                  old:
                    key: $secret://local/a/${{SECRET}}/k
                    desc: "${{SECRET}}"
                    snis: [plain.example, "${{SECRET}}"]
                  new:
                    key: "${{REFERENCE}}"
                    pkcs12: "${{SECRET}}"
                    desc: https://a:${{SECRET}}@b
                    labels: {one: "${{SECRET}}", two: "${{NONE:=shown}}"}
                """);
        Variables variables =
                Variables.ofApisix(Map.of("SECRET", CANARY, "REFERENCE", "$secret://local/a/" + CANARY + "/k"));

        Plan plan = Planner.plan(new Stored(), DeclaredFile.read(file, variables), false);

        StringWriter out = new StringWriter();
        new PlanText(new PrintWriter(out), Paint.none()).print(plan);
        assertThat(out + plan.tree().toString() + plan).doesNotContain("canary");
        assertThat(out.toString())
                .contains(
                        "key: *** -> $secret://local/a/${{SECRET}}/k",
                        "desc: *** -> ${{SECRET}}",
                        "snis: [\"plain.example\",\"${{SECRET}}\"]",
                        "key: ${{REFERENCE}}",
                        "pkcs12: ***",
                        "desc: https://***@b",
                        "labels.one: ${{SECRET}}",
                        "labels.two: shown");
        Change change = plan.changes().getFirst();
        Reply refused = new Reply(400, json("{'error_msg': 'desc: " + CANARY + " is wrong'}"), null);
        assertThat(Refusal.lines(change, refused))
                .singleElement()
                .asString()
                .endsWith("desc: ${{SECRET}} is wrong (400)");
    }
}
