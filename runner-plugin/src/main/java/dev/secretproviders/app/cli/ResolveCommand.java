package dev.secretproviders.app.cli;

import dev.secretproviders.admin.reference.ValidityView;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Resolves one reference with the runner's configuration, and prints the result but never the value. */
@Command(
        name = "resolve",
        mixinStandardHelpOptions = true,
        description = "Show whether a reference resolves, its version and age, but never the value.")
final class ResolveCommand implements Callable<Integer> {
    @ParentCommand
    private Main main = new Main();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "REFERENCE", description = "for example '$secret://vault/prod/jack/key' (mind the quotes)")
    private String text = "";

    @Option(names = "--timeout", defaultValue = "15", description = "seconds to wait for an answer (${DEFAULT-VALUE})")
    private int timeoutSeconds;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table, json or yaml (${DEFAULT-VALUE})")
    private Output output = Output.TABLE;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        SecretReference reference;
        try {
            reference = SecretReference.parse(text);
        } catch (InvalidReferenceException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return Main.WRONG_CONFIGURATION;
        }
        return new Startup(main.source()).withConfiguration(false, configuration -> {
            RunningRunner runner = new RunningRunner(configuration.control().dataDirectory());
            // A running runner also knows the providers of its store and the value that is in force.
            JsonNode answer =
                    runner.present() ? runner.explain(reference) : shown(reference, resolve(configuration, reference));
            if (output == Output.TABLE) {
                print(out, answer);
            } else {
                output.print(out, answer);
            }
            return answer.has("version") ? 0 : Main.FAILED;
        });
    }

    private static void print(PrintWriter out, JsonNode answer) {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("reference", "reference");
        lines.put("state", "state");
        lines.put("path", "path");
        lines.put("version", "version");
        lines.put("version_created_at", "created");
        lines.put("verified_at", "verified");
        lines.put("failure", "failure");
        lines.put("problem", "problem");
        lines.forEach((field, label) -> {
            JsonNode value = answer.path(field);
            if (value.isValueNode() && !value.isNull()) {
                String text = switch (field) {
                    case "state" -> value.asString().toUpperCase(Locale.ROOT);
                    case "verified_at" ->
                        Instant.parse(value.asString())
                                .truncatedTo(ChronoUnit.SECONDS)
                                .toString();
                    default -> Output.plain(value.asString());
                };
                out.println(label + " ".repeat(11 - label.length()) + text + age(field, value));
            }
        });
        JsonNode limits = answer.path("secret_validity");
        if (limits.isObject()) {
            out.println("limits     " + Output.plain(limits(limits)));
        }
        answer.path("previous_versions")
                .forEach(previous ->
                        out.println("previous   version " + Output.plain(previous.asString()) + ", still accepted"));
        out.flush();
    }

    /** Returns from when and until when credentials with the secret count. */
    private static String limits(JsonNode validity) {
        StringBuilder text =
                new StringBuilder(validity.path("state").asString("").replace('_', ' '));
        text.append(text(validity, "not_before", ", from "));
        text.append(text(validity, "expires_at", ", until "));
        return text.append(text(validity, "problem", ": ")).toString();
    }

    private static String text(JsonNode object, String field, String before) {
        return object.path(field).isString() ? before + object.path(field).stringValue() : "";
    }

    private static String age(String field, JsonNode value) {
        if (!field.equals("version_created_at")) {
            return "";
        }
        Duration age =
                Duration.between(Instant.parse(value.asString()), Instant.now()).truncatedTo(ChronoUnit.SECONDS);
        return " (" + age.toString().substring(2).toLowerCase(Locale.ROOT) + " ago)";
    }

    private Resolution resolve(Configuration configuration, SecretReference reference) {
        try (Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester())) {
            resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(List.of(reference)));
            return resolver.settle(reference, Duration.ofSeconds(timeoutSeconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Returns a resolution in the form of a runner's answer. */
    private static ObjectNode shown(SecretReference reference, Resolution resolution) {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        node.put("reference", reference.toString());
        node.put("state", resolution.state().name().toLowerCase(Locale.ROOT));
        node.put("path", resolution.path());
        ResolvedValue value = resolution.current();
        if (value != null) {
            HeldVersion version = value.version();
            node.put("version", ContentDigester.shownName(version.id()));
            Instant created = version.createdAt();
            node.put("version_created_at", created == null ? null : created.toString());
            node.put(
                    "verified_at",
                    version.verifiedAt().truncatedTo(ChronoUnit.SECONDS).toString());
            if (!version.validity().isUnlimited()) {
                ValidityView.put(node, "secret_validity", version.validity(), InstantSource.system());
            }
            ArrayNode previous = node.putArray("previous_versions");
            resolution
                    .previous()
                    .forEach(other -> previous.add(
                            ContentDigester.shownName(other.version().id())));
        }
        if (resolution.failure() != null) {
            node.put(
                    "failure",
                    Objects.requireNonNull(resolution.failure()).name().toLowerCase(Locale.ROOT));
        }
        if (resolution.problem() != null) {
            node.put("problem", resolution.problem());
        }
        return node;
    }
}
