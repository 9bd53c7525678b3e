package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which runner's Admin API a command calls, and with which token. */
public final class AdminOptions {
    /** The variable with the text of the token. */
    public static final String VARIABLE = "SECRET_PROVIDERS_TOKEN";

    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");
    private static final Pattern PLAIN = Pattern.compile("[\\x21-\\x7e]{1,4096}");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "the runner to ask, such as https://runner.example:9190; without it, the one on this machine")
    private @Nullable String admin;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "a file with the token for --admin; without it, the variable " + VARIABLE)
    private @Nullable Path tokenFile;

    @Option(names = "--ca-file", paramLabel = "FILE", description = "the authorities to trust, as PEM")
    private @Nullable Path caFile;

    @Option(names = "--cert-file", paramLabel = "FILE", description = "the certificate to show to the runner, as PEM")
    private @Nullable Path certFile;

    @Option(names = "--key-file", paramLabel = "FILE", description = "its private key, as PKCS #8 PEM")
    private @Nullable Path keyFile;

    /** An action on a connection. */
    @FunctionalInterface
    public interface Use<T> {
        /** Returns the result of the action. */
        T with(AdminConnection connection) throws Exception;
    }

    /** Returns whether {@code --admin} names a runner. */
    public boolean named() {
        return admin != null;
    }

    /** Calls an action with a connection to the runner that the options name, or to the one on this machine. */
    public <T> T with(ConfigurationSource source, Use<T> use) throws Exception {
        if (named()) {
            try (AdminConnection connection = connection(System.getenv())) {
                return use.with(connection);
            }
        }
        requireNamed();
        return new Startup(source).withConfiguration(false, configuration -> {
            try (AdminConnection connection =
                    new LocalConnection(configuration.control().dataDirectory())) {
                return use.with(connection);
            }
        });
    }

    /** Refuses the other options if there is no {@code --admin}. */
    public void requireNamed() {
        if (admin == null && (tokenFile != null || caFile != null || certFile != null || keyFile != null)) {
            throw wrong("--token-file, --ca-file, --cert-file and --key-file go with --admin");
        }
    }

    /** Returns a connection to the runner that {@code --admin} names. */
    public AdminConnection connection(Map<String, String> environment) {
        URI base = base(admin == null ? "" : admin);
        SSLContext tls = tls();
        return new HttpConnection(base, key(environment), tls, HttpConnection.TO_ANSWER);
    }

    private URI base(String text) {
        String remedy = "--admin: expected an address such as https://runner.example:9190";
        URI uri;
        try {
            uri = new URI(text.replaceFirst("(/admin)?/*$", ""));
        } catch (URISyntaxException e) {
            throw wrong(remedy);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getHost() == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || !(scheme.equals("http") || scheme.equals("https"))) {
            throw wrong(remedy);
        }
        if (scheme.equals("http")
                && !LOOPBACK.matcher(uri.getHost().toLowerCase(Locale.ROOT)).matches()) {
            throw wrong("--admin: over http: the token would be sent in clear; use https:");
        }
        return uri;
    }

    private Secret key(Map<String, String> environment) {
        String text = tokenFile == null ? environment.get(VARIABLE) : text(tokenFile, "--token-file");
        if (text == null) {
            throw wrong("a token is needed: name a file with --token-file, or set the variable " + VARIABLE);
        }
        if (!PLAIN.matcher(text.strip()).matches()) {
            throw wrong((tokenFile == null ? "the variable " + VARIABLE : "the file of --token-file")
                    + " does not hold one token, which is a line such as sp_...");
        }
        return Secret.ofUtf8(text.strip());
    }

    private @Nullable SSLContext tls() {
        if ((certFile == null) != (keyFile == null)) {
            throw wrong("--cert-file and --key-file go together");
        }
        try {
            return TlsSettings.ofPem(
                            bytes(caFile, "--ca-file"),
                            bytes(certFile, "--cert-file"),
                            bytes(keyFile, "--key-file"),
                            true)
                    .context();
        } catch (GeneralSecurityException e) {
            throw wrong("--ca-file, --cert-file, --key-file: " + e.getMessage());
        }
    }

    private byte @Nullable [] bytes(@Nullable Path file, String option) {
        if (file == null) {
            return null;
        }
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(option, file, e);
        }
    }

    private String text(Path file, String option) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(option, file, e);
        }
    }

    private ParameterException unreadable(String option, Path file, IOException e) {
        return wrong(option + ": '" + file + "' cannot be read: " + Causes.words(e));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
