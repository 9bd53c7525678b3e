package dev.secretproviders.app.settings;

import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.transport.socket.SocketAccess;
import dev.secretproviders.transport.socket.TransportOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code runner} of the configuration.
 *
 * @param socket where APISIX connects; null if nobody said, which only commands that do not listen can live with
 * @param owner user name or number that owns the socket, or null for the default
 * @param group group name or number, or null for the default
 * @param mode permissions of the socket such as {@code 0660}, or null for the default
 * @param socketWait how long to wait for another runner to leave the socket, as happens when APISIX reloads
 * @param confExpiry how long APISIX may use a conf token
 * @param requestDeadline within which every request is answered
 * @param dataDirectory where the runner keeps its store, its keyring and the first admin token
 * @param pluginsDirectory where users drop jars with filters of their own
 * @param unresolvedAnswer what an unknown key gets while some credentials could not be resolved
 * @param eventLoops threads that serve the socket; 0 for a number that fits the machine
 */
public record RunnerSettings(
        @Nullable Path socket,
        @Nullable String owner,
        @Nullable String group,
        @Nullable String mode,
        Duration socketWait,
        Duration confExpiry,
        Duration requestDeadline,
        Path dataDirectory,
        Path pluginsDirectory,
        UnresolvedAnswer unresolvedAnswer,
        int eventLoops) {

    /** APISIX's own, as its constant {@code lrucache} time to live for conf tokens. */
    private static final int DEFAULT_CONF_EXPIRE_SECONDS = 3600;

    /**
     * Reads the section; problems go to {@code runner}.
     *
     * @param environment what APISIX passes to a runner that it starts: {@code APISIX_LISTEN_ADDRESS} and {@code
     *     APISIX_CONF_EXPIRE_TIME} (seconds)
     * @param socketOption the value of {@code --socket}, or null
     */
    public static RunnerSettings read(Settings runner, Map<String, String> environment, @Nullable String socketOption) {
        Settings socket = runner.section("socket");
        String mode = socket.optionalText("mode");
        if (mode != null && !SocketAccess.isMode(mode)) {
            socket.problem(
                    "mode",
                    "expected a zero and three octal digits such as \"0660\"; in a file in quotes, since YAML makes 432 of 0660");
        }
        Duration deadline = runner.duration("request-deadline", Duration.ofSeconds(1));
        if (deadline.compareTo(Duration.ofMillis(10)) < 0 || deadline.compareTo(Duration.ofSeconds(50)) > 0) {
            runner.problem("request-deadline", "expected 10ms to 50s: APISIX itself gives up after 60s");
        }
        Duration fromApisix = Duration.ofSeconds(seconds(runner, environment));
        Duration confExpiry = runner.duration("conf-expire-time", fromApisix);
        if (confExpiry.compareTo(Duration.ofSeconds(10)) < 0) {
            runner.problem("conf-expire-time", "expected at least 10s");
        }
        String answer = runner.choice("unresolved-answer", List.of("503", "401"));
        return new RunnerSettings(
                socketPath(socket, environment, socketOption),
                socket.optionalText("owner"),
                socket.optionalText("group"),
                mode,
                socket.duration("wait", Duration.ofSeconds(5)),
                confExpiry,
                deadline,
                Path.of(runner.text("data-dir", "secret-providers-data")),
                Path.of(runner.text("plugins-dir", defaultPlugins())),
                answer.equals("401") ? UnresolvedAnswer.UNAUTHORIZED : UnresolvedAnswer.UNAVAILABLE,
                runner.integer("event-loops", 0, 0, 256));
    }

    /** That of the distribution, whose launcher says where it is. */
    private static String defaultPlugins() {
        String home = System.getProperty("secret-providers.home");
        return home == null ? "plugins" : Path.of(home, "plugins").toString();
    }

    /** Returns how to serve APISIX by these settings, which name the socket. */
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
        String configured = socket.optionalText("path");
        if (socketOption != null) {
            return Path.of(socketOption);
        }
        String address = environment.get("APISIX_LISTEN_ADDRESS");
        if (address == null || address.isBlank()) {
            return configured == null ? null : Path.of(configured);
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
