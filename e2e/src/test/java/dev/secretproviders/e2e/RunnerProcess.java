package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged runner as a process in its own directory. */
final class RunnerProcess implements AutoCloseable {
    static final RouteConf ROUTE = RouteConf.of("orders", "secret-key-auth", "{}");

    private static final Duration START = Duration.ofMinutes(2);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path directory;
    private final RunnerCommand command;
    private final Process process;
    private final int managementPort;

    private RunnerProcess(Path directory, RunnerCommand command, Process process, int managementPort) {
        this.directory = directory;
        this.command = command;
        this.process = process;
        this.managementPort = managementPort;
    }

    /** The result of a finished command. */
    record Finished(int code, String out) {}

    /** Writes the standalone configuration with the consumers. */
    static void consumers(Path directory, String yaml) throws IOException {
        Path next = directory.resolve("apisix.yaml.next");
        Files.writeString(next, yaml + "\n#END\n");
        Files.move(
                next,
                directory.resolve("apisix.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns the lines that make a runner read its consumers from {@link #consumers}. */
    static String consumersFromFile(Path directory) {
        return "consumers:\n  source: file\n  file: {path: " + directory.resolve("apisix.yaml") + "}\n";
    }

    /** Returns the lines that make a runner read its consumers from an etcd and keep its store there. */
    static String everythingOn(Etcd etcd) {
        return """
                consumers:
                  source: etcd
                  etcd: {endpoints: ["%s"]}
                """.formatted(etcd.endpoint()) + storeOn(etcd);
    }

    /** Returns the lines that make a runner keep its store in an etcd. */
    static String storeOn(Etcd etcd) {
        return """
                store:
                  type: etcd
                  etcd: {endpoints: ["%s"], timeout: 2s}
                """.formatted(etcd.endpoint());
    }

    /** Starts it by {@link QuickStart} and waits until it is ready. */
    static RunnerProcess start(Path directory, String yaml, Map<String, String> environment) throws IOException {
        return start(directory, yaml, environment, RunnerCommand.quick());
    }

    static RunnerProcess start(Path directory, String yaml, Map<String, String> environment, RunnerCommand command)
            throws IOException {
        return start(directory, yaml, environment, command, freePort());
    }

    /** Starts it with its management address on a port that was chosen before. */
    static RunnerProcess start(
            Path directory, String yaml, Map<String, String> environment, RunnerCommand command, int managementPort)
            throws IOException {
        RunnerProcess runner = launch(directory, yaml, environment, managementPort, command);
        try {
            await("the runner to be ready")
                    .atMost(START)
                    .pollInterval(Duration.ofMillis(20))
                    .failFast(runner::requireAlive)
                    .until(() -> runner.status("/actuator/health/readiness") == 200
                            // Spring tells of it at the end of the start, a moment after the runner is ready.
                            && runner.status("/actuator/health/liveness") == 200);
            return runner;
        } catch (RuntimeException | Error e) {
            // Only this method knows the process: it would run on after the tests.
            runner.close();
            throw e;
        }
    }

    static RunnerProcess launch(
            Path directory, String yaml, Map<String, String> environment, int managementPort, RunnerCommand command)
            throws IOException {
        Path config = config(directory, yaml);
        List<String> words = command.with(List.of(
                "--config", config.toString(), "--socket", socket(directory).toString()));
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("runner.log").toFile()));
        builder.environment().putAll(environment);
        builder.environment().put("SERVER_PORT", Integer.toString(managementPort));
        return new RunnerProcess(directory, command, builder.start(), managementPort);
    }

    /** Runs a command of the runner to its end, started by {@link QuickStart}. */
    static Finished run(Path directory, String yaml, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return run(RunnerCommand.quick(), directory, yaml, environment, arguments);
    }

    static Finished run(
            RunnerCommand command, Path directory, String yaml, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        config(directory, yaml);
        return run(command, directory, environment, arguments);
    }

    /** Runs a command with the same configuration while this runner runs. */
    Finished beside(String... arguments) throws IOException, InterruptedException {
        return run(command, directory, Map.of("SERVER_PORT", Integer.toString(managementPort)), arguments);
    }

    private static Finished run(
            RunnerCommand command, Path directory, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(command.with(List.of(arguments)));
        words.add("--config");
        words.add(directory.resolve("application.yaml").toString());
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Finished(process.exitValue(), out);
    }

    static Path socket(Path directory) {
        return directory.resolve("runner.sock");
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Path config(Path directory, String yaml) throws IOException {
        return Files.writeString(directory.resolve("application.yaml"), yaml);
    }

    /** Returns the address of the Admin API and the dashboard. */
    String base() {
        return "http://127.0.0.1:" + managementPort;
    }

    /** Returns a client with the first admin token, which the runner leaves in its data directory. */
    AdminClient admin() {
        Path file = directory.resolve("secret-providers-data/admin-token");
        await("the first admin token").atMost(START).until(() -> Files.exists(file));
        try {
            return new AdminClient(managementPort, Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int managementPort() {
        return managementPort;
    }

    AdminClient admin(String token) {
        return new AdminClient(managementPort, token);
    }

    RunnerClient client() {
        return RunnerClient.open(socket(directory));
    }

    /**
     * Sends a request with a key like APISIX, and returns the status: 200 means that the request passes to the
     * upstream.
     */
    int statusFor(String key) {
        try (RunnerClient client = client()) {
            return statusFor(client, key);
        }
    }

    /** The same over an open connection. */
    static int statusFor(RunnerClient client, String key) {
        return status(client.call(GatewayRequest.get("/orders").header("apikey", key), ROUTE));
    }

    static int status(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Continue _ -> 200;
            case Outcome.Stop stop -> stop.status();
            case Outcome.Failed failed -> failed.status();
        };
    }

    void awaitStatus(int status, String key) {
        await("status " + status)
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> statusFor(key) == status);
    }

    int status(String path) {
        try {
            return http(path).statusCode();
        } catch (IOException e) {
            return -1;
        }
    }

    String get(String path) throws IOException {
        return http(path).body();
    }

    /** Returns the sum of a metric over all its series that contain {@code labels}. */
    double metric(String name, String labels) throws IOException {
        Matcher matcher = Pattern.compile("(?m)^" + Pattern.quote(name) + "(\\{[^}]*})? ([0-9.eE+-]+)$")
                .matcher(get("/actuator/prometheus"));
        double sum = 0;
        while (matcher.find()) {
            if (labels.isEmpty() || String.valueOf(matcher.group(1)).contains(labels)) {
                sum += Double.parseDouble(matcher.group(2));
            }
        }
        return sum;
    }

    private HttpResponse<String> http(String path) throws IOException {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + path))
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                    BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    String log() {
        try {
            return Files.readString(directory.resolve("runner.log"));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    private void requireAlive() {
        assertThat(process.isAlive()).as(log()).isTrue();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Sends SIGTERM and returns how long the process took to end. */
    Duration terminate() throws InterruptedException {
        return terminate(Duration.ofSeconds(10));
    }

    Duration terminate(Duration longest) throws InterruptedException {
        long start = System.nanoTime();
        process.destroy();
        assertThat(process.waitFor(longest)).as("the runner ends").isTrue();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Sends SIGKILL. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
