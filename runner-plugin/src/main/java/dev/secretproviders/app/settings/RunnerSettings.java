package dev.secretproviders.app.settings;

import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.transport.socket.SocketAccess;
import dev.secretproviders.transport.socket.TransportOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The section {@code runner} of the configuration. Immutable. */
public final class RunnerSettings {
    /** The default of APISIX, whose {@code lrucache} keeps conf tokens for a constant time. */
    private static final int DEFAULT_CONF_EXPIRE_SECONDS = 3600;

    private final @Nullable Path socket;
    private final @Nullable String owner;
    private final @Nullable String group;
    private final @Nullable String mode;
    private final Duration socketWait;
    private final Duration confExpiry;
    private final Duration requestDeadline;
    private final Path dataDirectory;
    private final Path pluginsDirectory;
    private final UnresolvedAnswer unresolvedAnswer;
    private final String name;
    private final int eventLoops;

    private RunnerSettings(Settings runner, Map<String, String> environment, @Nullable String socketOption) {
        Settings place = runner.section("socket");
        mode = place.optionalText("mode");
        if (mode != null && !SocketAccess.isMode(mode)) {
            place.problem(
                    "mode",
                    "expected a zero and three octal digits such as \"0660\"; quote it in YAML, which reads 0660 as"
                            + " 432");
        }
        requestDeadline = runner.duration("request-deadline", Duration.ofSeconds(1));
        if (requestDeadline.compareTo(Duration.ofMillis(10)) < 0
                || requestDeadline.compareTo(Duration.ofSeconds(50)) > 0) {
            runner.problem("request-deadline", "expected 10ms to 50s: APISIX itself gives up after 60s");
        }
        confExpiry = runner.duration("conf-expire-time", Duration.ofSeconds(seconds(runner, environment)));
        if (confExpiry.compareTo(Duration.ofSeconds(10)) < 0) {
            runner.problem("conf-expire-time", "expected at least 10s");
        }
        String answer = runner.choice("unresolved-answer", List.of("503", "401"));
        unresolvedAnswer = answer.equals("401") ? UnresolvedAnswer.UNAUTHORIZED : UnresolvedAnswer.UNAVAILABLE;
        socket = socketPath(place, environment, socketOption);
        owner = place.optionalText("owner");
        group = place.optionalText("group");
        socketWait = place.duration("wait", Duration.ofSeconds(5));
        dataDirectory = Objects.requireNonNullElse(runner.place("data-dir"), Path.of("secret-providers-data"));
        pluginsDirectory = Objects.requireNonNullElse(runner.place("plugins-dir"), defaultPlugins());
        name = runner.text("node-name", RunnerName.ofHost(environment));
        if (!RunnerName.isName(name)) {
            runner.problem("node-name", "expected 1 to 64 letters, digits, dots, hyphens and underscores");
        }
        eventLoops = runner.integer("event-loops", 0, 0, 256);
    }

    /**
     * Reads the section. Problems are added to {@code runner}.
     *
     * @param environment the environment variables; APISIX passes {@code APISIX_LISTEN_ADDRESS} and {@code
     *     APISIX_CONF_EXPIRE_TIME} (seconds) to a runner that it starts
     * @param socketOption the value of {@code --socket}, or null
     */
    public static RunnerSettings read(Settings runner, Map<String, String> environment, @Nullable String socketOption) {
        return new RunnerSettings(runner, environment, socketOption);
    }

    /**
     * Returns the path of the socket for APISIX. Null if it is not set, which only commands that do not listen allow.
     */
    public @Nullable Path socket() {
        return socket;
    }

    /** Returns the user name or number that owns the socket, or null for the default. */
    public @Nullable String owner() {
        return owner;
    }

    /** Returns the group name or number, or null for the default. */
    public @Nullable String group() {
        return group;
    }

    /** Returns how long to wait until another runner stops serving the socket, which it does when APISIX reloads. */
    public Duration socketWait() {
        return socketWait;
    }

    /** Returns the name of this runner among those of the store; the host's name by default. */
    public String name() {
        return name;
    }

    /** Returns the directory of the store, the keyring and the first admin token. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Returns the directory of users' jars. */
    public Path pluginsDirectory() {
        return pluginsDirectory;
    }

    /** Returns the answer to an unknown key while some credentials could not be resolved. */
    public UnresolvedAnswer unresolvedAnswer() {
        return unresolvedAnswer;
    }

    /** Returns the directory in the distribution, whose launcher sets the property. */
    private static Path defaultPlugins() {
        String home = System.getProperty("secret-providers.home");
        return home == null ? Path.of("plugins") : Path.of(home, "plugins");
    }

    /** Returns the options of the transport. These settings must name the socket. */
    public TransportOptions transport() {
        SocketAccess access = new SocketAccess(owner, group, mode == null ? SocketAccess.DEFAULT.mode() : mode);
        TransportOptions options = TransportOptions.of(Objects.requireNonNull(socket))
                .withAccess(access)
                .withConfExpiry(confExpiry)
                .withRequestDeadline(requestDeadline);
        return eventLoops == 0 ? options : options.withEventLoops(eventLoops);
    }

    private static @Nullable Path socketPath(
            Settings socket, Map<String, String> environment, @Nullable String socketOption) {
        Path configured = socket.place("path");
        if (socketOption != null) {
            return Path.of(socketOption);
        }
        String address = environment.get("APISIX_LISTEN_ADDRESS");
        if (address == null || address.isBlank()) {
            return configured;
        }
        if (!address.startsWith("unix:") || address.length() == "unix:".length()) {
            socket.problem("path", "the environment variable APISIX_LISTEN_ADDRESS must be unix:/path/to/socket");
            return null;
        }
        return Path.of(address.substring("unix:".length()));
    }

    private static long seconds(Settings runner, Map<String, String> environment) {
        String text = environment.get("APISIX_CONF_EXPIRE_TIME");
        if (text == null || text.isBlank()) {
            return DEFAULT_CONF_EXPIRE_SECONDS;
        }
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            runner.problem(
                    "conf-expire-time", "the environment variable APISIX_CONF_EXPIRE_TIME must be a number of seconds");
            return DEFAULT_CONF_EXPIRE_SECONDS;
        }
    }
}
