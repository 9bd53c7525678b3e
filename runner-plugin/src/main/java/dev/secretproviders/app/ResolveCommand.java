package dev.secretproviders.app;

import dev.secretproviders.provider.ContentDigester;
import dev.secretproviders.reference.InvalidReferenceException;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Asks the secret manager behind one reference, with the runner's configuration, and tells what it said but never the value. */
@Command(
        name = "resolve",
        mixinStandardHelpOptions = true,
        description = "Tell whether a reference resolves, which version and how old, never the value.")
final class ResolveCommand implements Callable<Integer> {
    @ParentCommand
    private Main main = new Main();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "REFERENCE", description = "for example '$secret://vault/prod/jack/key' (mind the quotes)")
    private String text = "";

    @Option(names = "--timeout", defaultValue = "15", description = "seconds to wait for an answer (${DEFAULT-VALUE})")
    private int timeoutSeconds;

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
        return new Startup(main.config, null).withConfiguration(false, configuration -> {
            Resolution resolution = resolve(configuration, reference);
            out.println("reference  " + reference);
            out.println("state      " + resolution.state());
            if (resolution.path() != null) {
                out.println("path       " + resolution.path());
            }
            ResolvedValue value = resolution.current();
            if (value != null) {
                describe(out, value.version());
            }
            resolution
                    .previous()
                    .forEach(previous ->
                            out.println("previous   version " + named(previous.version()) + ", still accepted"));
            if (resolution.failure() != null) {
                out.println("failure    " + resolution.failure());
            }
            if (resolution.problem() != null) {
                out.println("problem    " + resolution.problem());
            }
            out.flush();
            return value == null ? Main.FAILED : 0;
        });
    }

    private Resolution resolve(Configuration configuration, SecretReference reference) {
        try (Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester())) {
            resolver.retain(Set.of(reference));
            return resolver.settle(reference, Duration.ofSeconds(timeoutSeconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void describe(PrintWriter out, HeldVersion version) {
        out.println("version    " + named(version));
        Instant created = version.createdAt();
        if (created != null) {
            Duration age = Duration.between(created, Instant.now()).truncatedTo(ChronoUnit.SECONDS);
            out.println(
                    "created    " + created + " (" + age.toString().substring(2).toLowerCase(Locale.ROOT) + " ago)");
        }
        out.println("verified   " + version.verifiedAt().truncatedTo(ChronoUnit.SECONDS));
    }

    private static String named(HeldVersion version) {
        return ContentDigester.shownName(version.id());
    }
}
