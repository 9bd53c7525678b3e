package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.control.StoredManagers;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.wiring.LocalUser;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.migrate.Target;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.settings.Spelling;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code migrate} that say where keys go. */
final class MigrateTarget {
    private static final String LOCAL = "local";

    /** Fields in which a provider that writes may differ from one that reads: those of the login, and unused ones. */
    private static final Set<String> MAY_DIFFER = Set.of(
            "authentication_method",
            "drill_path",
            "external_id",
            "pki",
            "profile",
            "role_arn",
            "role_session_name",
            "sts_endpoint_url",
            "web_identity_token_file");

    /** Thrown if an option is wrong. The message names the option, and says what to write. */
    static final class WrongOptionException extends Exception {
        private static final long serialVersionUID = 1L;

        WrongOptionException(String message) {
            super(message);
        }
    }

    @Option(
            names = "--to",
            required = true,
            paramLabel = "PROVIDER",
            description = "the provider that references name, for example vault/prod")
    private String provider = "";

    @Option(
            names = "--write-with",
            paramLabel = "PROVIDER",
            description = "another provider with the same server and prefix, whose credential may create secrets")
    @Nullable
    private String writer;

    @Option(
            names = "--folder",
            defaultValue = "consumers",
            paramLabel = "PATH",
            description = "what the names of the secrets begin with (${DEFAULT-VALUE})")
    private String folder = "consumers";

    /**
     * A target.
     *
     * @param store the opened store, if the target needs it
     */
    record Opened(Target target, @Nullable StoredManagers store) implements AutoCloseable {
        @Override
        public void close() {
            if (store != null) {
                store.close();
            }
        }
    }

    /** Returns the target. Opens the store if the provider is not in the configuration, or keeps its secrets there. */
    Opened open(Configuration configuration, Resolver resolver, boolean undo)
            throws CannotStartException, WrongOptionException {
        checkFolder();
        ProviderRegistry providers = configuration.providers();
        boolean local = manager(provider).equals(LOCAL);
        if (local && writer != null) {
            throw wrong("--write-with: local secrets are written without another provider; leave the option out");
        }
        StoredManagers store =
                local || find(providers, provider) == null ? stored(configuration, resolver, local) : null;
        boolean opened = false;
        try {
            Opened all = new Opened(target(providers, store, local, undo), store);
            opened = true;
            return all;
        } finally {
            if (!opened && store != null) {
                store.close();
            }
        }
    }

    /** Opens the store; null if there is none, in which case the configuration has all providers. */
    private @Nullable StoredManagers stored(Configuration configuration, Resolver resolver, boolean local)
            throws CannotStartException, WrongOptionException {
        if (!configuration.control().store().remote()
                && new RunningRunner(configuration.control().dataDirectory()).listens()) {
            if (local) {
                throw new CannotStartException(
                        "--to: local secrets are in the store, which the running runner has open; stop the runner"
                                + " while this command runs",
                        null);
            }
            throw wrong("--to: " + missing(configuration.providers(), provider)
                    + ". If the running runner has it in its store, write it into the configuration of this command,"
                    + " too");
        }
        return local
                        || configuration
                                .control()
                                .store()
                                .present(configuration.control().dataDirectory())
                ? StoredManagers.open(configuration, resolver)
                : null;
    }

    private Target target(ProviderRegistry providers, @Nullable StoredManagers store, boolean local, boolean undo)
            throws WrongOptionException {
        Registered reads = known(providers, "--to", provider);
        Registered writes = writer == null ? reads : known(providers, "--write-with", writer);
        checkPlace(reads, writes);
        SecretWriter creates = local && store != null
                ? store.localWriter(reads.provider().id(), LocalUser.current())
                : writes.provider().writer();
        if (creates == null && !undo) {
            throw wrong(
                    "--to: keys cannot be written to " + provider + "; they can to providers of vault, aws and local");
        }
        return new Target(reads, creates == null ? MigrateTarget::unable : creates, folder);
    }

    /** Refuses a provider that would write elsewhere than the other one reads, since keys would be left there. */
    private static void checkPlace(Registered reads, Registered writes) throws WrongOptionException {
        String elsewhere =
                ", so it would write elsewhere than " + reads.provider().id() + " reads";
        String start = "--write-with: " + writes.provider().id();
        if (!reads.provider().id().manager().equals(writes.provider().id().manager())) {
            throw new WrongOptionException(start + " is a provider of another manager" + elsewhere);
        }
        Set<String> names = new TreeSet<>(reads.plain().keySet());
        names.addAll(writes.plain().keySet());
        names.removeAll(MAY_DIFFER);
        names.removeIf(
                name -> Objects.equals(reads.plain().get(name), writes.plain().get(name)));
        if (!names.isEmpty()) {
            throw new WrongOptionException(start + " has another " + String.join(", another ", names) + elsewhere
                    + "; write the same value into both");
        }
    }

    private static SecretWriter.Outcome unable(String name, String field, Secret value) throws ProviderException {
        throw new ProviderException(ProviderException.Kind.CONFIGURATION, "the provider only reads");
    }

    private static String manager(String provider) {
        return provider.split("/", 2)[0];
    }

    private void checkFolder() throws WrongOptionException {
        try {
            if (!folder.isEmpty()) {
                String text = "$secret://vault/any/" + folder + "/key";
                if (!SecretReference.parse(text).toString().equals(text)) {
                    throw wrong("--folder: '" + folder + "' has a character that begins the parameters of a reference");
                }
            }
        } catch (InvalidReferenceException e) {
            throw wrong("--folder: '" + folder + "' cannot stand in a reference; write names separated by '/', such as"
                    + " gateway/consumers");
        }
    }

    private static @Nullable Registered find(ProviderRegistry providers, String text) {
        String[] parts = text.split("/", 2);
        try {
            return parts.length == 2 ? providers.get(new ProviderId(parts[0], parts[1])) : null;
        } catch (IllegalArgumentException e) {
            // No provider has such a name.
            return null;
        }
    }

    private static Registered known(ProviderRegistry providers, String option, String text)
            throws WrongOptionException {
        Registered known = find(providers, text);
        if (known != null) {
            return known;
        }
        throw wrong(option + ": " + missing(providers, text));
    }

    private static String missing(ProviderRegistry providers, String text) {
        List<String> names = providers.all().stream()
                .map(registered -> registered.provider().id().toString())
                .toList();
        String meant = Spelling.nearest(text, names);
        return "there is no provider " + text
                + (meant == null ? "; there are " + String.join(", ", names) : "; did you mean " + meant + "?");
    }

    private static WrongOptionException wrong(String message) {
        return new WrongOptionException(message);
    }

    /** Returns whether a consumer is meant by one of the patterns; with none, all are. */
    static Predicate<String> matching(List<String> patterns) {
        List<Pattern> compiled = patterns.stream()
                .map(pattern -> Pattern.compile(Arrays.stream(pattern.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*"))))
                .toList();
        return username -> compiled.isEmpty()
                || compiled.stream().anyMatch(one -> one.matcher(username).matches());
    }

    /** Returns the kind of a plugin's name. */
    static CredentialKind kind(String name, CommandLine commandLine) {
        List<String> names = Arrays.stream(CredentialKind.values())
                .map(CredentialKind::plugin)
                .toList();
        for (CredentialKind kind : CredentialKind.values()) {
            if (kind.plugin().equals(name)) {
                return kind;
            }
        }
        String meant = Spelling.nearest(name, names);
        throw new ParameterException(
                commandLine,
                "--kind: '" + name + "' is not known"
                        + (meant == null ? "; write " + String.join(", ", names) : "; did you mean " + meant + "?"));
    }
}
