package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A heap dump of a runner under load contains no keys and no passwords. The test has 500 keys in OpenBao and 500
 * passwords in moto. Clients send many of them, and wrong keys, in requests and in verdict calls. The secrets of a token
 * and of signed requests are there, because they are needed, and are gone once they are revoked.
 *
 * <p>{@code jcmd GC.heap_dump} collects garbage and writes reachable objects; the promise is about these. Client
 * libraries return answers as objects that cannot be wiped. They are garbage after they are read, and the next
 * collection removes them. A value is reachable while it is fetched and until its connection is closed: two seconds
 * later, or at the JDK client's next check of idle connections. {@code HttpURLConnection} checks every five seconds.
 * {@code java.net.http} rounds the remaining time to milliseconds; if none remains, it sleeps for three seconds.
 */
class HeapDumpTest {
    private static final int KEYS_OF_EACH = 500;
    private static final int WRONG_KEYS = 100;
    private static final int LOAD_CONNECTIONS = 2;
    /** The start of all keys, followed by a number of {@link #DIGITS} digits. */
    private static final String MARK = "planted-canary-7c1e-";

    private static final int DIGITS = 4;
    /** The numbers of the secrets that the runner needs itself. */
    private static final Map<PresentedKind, Integer> VALUES =
            Map.of(PresentedKind.TOKEN, 9000, PresentedKind.SIGNATURE, 9001);

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration WHEN_CONNECTIONS_ARE_CLOSED = Duration.ofSeconds(8);
    /** On a busy machine the JDK closes idle connections later, and their buffers hold the last key until then. */
    private static final int MOST_DUMPS = 4;

    @TempDir
    Path directory;

    @Test
    void holdsNoKeyInClear() throws Exception {
        try (OpenBao bao = OpenBao.startTls();
                Moto moto = Moto.start()) {
            bao.enableKv("kv", 2);
            StringBuilder consumers = new StringBuilder("consumers:\n");
            for (int i = 0; i < KEYS_OF_EACH; i++) {
                bao.kvPut("kv", 2, "s" + i, Map.of("key", key(i)));
                moto.createSecret("s" + i, "{\"key\":\"" + key(KEYS_OF_EACH + i) + "\"}");
                consumers.append(consumer("b" + i, "$secret://vault/prod/s" + i + "/key"));
                consumers.append("  - username: m%d%n    plugins: {basic-auth: {username: m%d, password: %s}}%n"
                        .formatted(i, i, "$secret://aws/main/s" + i + "/key"));
            }
            for (PresentedKind kind : VALUES.keySet()) {
                bao.kvPut("kv", 2, kind.user(), Map.of("key", key(Objects.requireNonNull(VALUES.get(kind)))));
                consumers.append(
                        "  - username: %s%n    plugins: {%s}%n".formatted(kind.user(), kind.plugin(reference(kind))));
            }
            RunnerProcess.consumers(directory, consumers.toString());
            String yaml =
                    RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod: {uri: "%s", prefix: kv, token: $env://TOKEN_OF_TEST, cache: {ttl: 1h}, tls: {ca_file: "%s"}}
                      aws:
                        main:
                          endpoint_url: "%s"
                          access_key_id: test
                          secret_access_key: $env://AWS_SECRET_OF_TEST
                          cache: {ttl: 1h}
                    """.formatted(bao.uri(), bao.caFile(), moto.uri());
            Map<String, String> environment =
                    Map.of("TOKEN_OF_TEST", bao.rootToken(), "AWS_SECRET_OF_TEST", "secret-of-test");
            try (RunnerProcess runner =
                            RunnerProcess.start(directory, yaml, environment, RunnerCommand.asDocumented());
                    AdminClient admin = runner.admin();
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                await("each secret").atMost(Duration.ofSeconds(60)).until(() -> {
                    try (RunnerClient client = runner.client()) {
                        return IntStream.range(0, 2 * KEYS_OF_EACH).allMatch(i -> status(client, i) == 200)
                                && VALUES.keySet().stream().allMatch(kind -> status(client, kind) == 200);
                    }
                });
                AtomicBoolean stop = new AtomicBoolean();
                List<Future<Long>> load = new ArrayList<>();
                for (int i = 0; i < LOAD_CONNECTIONS; i++) {
                    load.add(threads.submit(() -> load(runner, stop)));
                }
                for (String provider : List.of("vault/prod", "aws/main")) {
                    admin.post("/admin/refresh", "{'provider': '" + provider + "'}")
                            .expect(202);
                    await("each secret fetched again under load")
                            .atMost(Duration.ofSeconds(60))
                            .until(() -> runner.metric(
                                            "secret_providers_fetches_total",
                                            "outcome=\"unchanged\",provider=\"%s\"".formatted(provider))
                                    >= KEYS_OF_EACH);
                }
                Set<String> needed = new TreeSet<>();
                VALUES.values().forEach(number -> needed.add(key(number)));
                assertThat(occurrences(runner, needed)).as("in the heap").isEqualTo(needed);
                for (PresentedKind kind : VALUES.keySet()) {
                    admin.post("/admin/revoke", "{'reference': '" + reference(kind) + "', 'reason': 'it leaked'}")
                            .expect(200);
                }
                assertThat(occurrences(runner, Set.of())).as("in the heap").isEmpty();
                stop.set(true);
                for (Future<Long> each : load) {
                    assertThat(each.get()).isGreaterThan(1_000);
                }
            }
        }
    }

    /** Dumps the heap until it holds these secrets alone, or for the last time, and returns what it holds. */
    private Set<String> occurrences(RunnerProcess runner, Set<String> expected) throws Exception {
        Set<String> found = Set.of();
        for (int i = 0; i < MOST_DUMPS; i++) {
            Thread.sleep(WHEN_CONNECTIONS_ARE_CLOSED);
            Path dump = directory.resolve("heap-" + expected.size() + "-" + i + ".hprof");
            jcmd(runner.pid(), "GC.heap_dump", dump.toString());
            assertThat(Files.size(dump)).isGreaterThan(5_000_000);
            found = occurrences(dump);
            Files.delete(dump);
            if (found.equals(expected)) {
                break;
            }
        }
        return found;
    }

    /** The scanner finds keys in both encodings of strings in a heap, also across two reads. */
    @Test
    void theScannerFindsBytesAndStringsInBothEncodings() throws Exception {
        Path file = directory.resolve("haystack");
        byte[] hay = new byte[(1 << 20) + 4_000];
        put(hay, 10, key(7).getBytes(StandardCharsets.ISO_8859_1));
        put(hay, 1_000, key(8).getBytes(StandardCharsets.UTF_16BE));
        put(hay, 2_001, key(9).getBytes(StandardCharsets.UTF_16LE));
        put(hay, (1 << 20) - 9, key(10).getBytes(StandardCharsets.ISO_8859_1));
        Files.write(file, hay);

        assertThat(occurrences(file)).containsExactlyInAnyOrder(key(7), key(8), key(9), key(10));
    }

    private static void put(byte[] hay, int at, byte[] needle) {
        System.arraycopy(needle, 0, hay, at, needle.length);
    }

    private static String consumer(String name, String reference) {
        return "  - username: %s%n    plugins: {key-auth: {key: %s}}%n".formatted(name, reference);
    }

    private static String key(int number) {
        return MARK + ("%0" + DIGITS + "d").formatted(number);
    }

    private long load(RunnerProcess runner, AtomicBoolean stop) throws IOException {
        long requests = 0;
        try (RunnerClient client = runner.client();
                RawConnection companion = RawConnection.open(RunnerProcess.socket(directory))) {
            while (!stop.get()) {
                for (int i = 0; i < 2 * KEYS_OF_EACH + WRONG_KEYS && !stop.get(); i++) {
                    assertThat(status(client, i)).isEqualTo(i < 2 * KEYS_OF_EACH ? 200 : 401);
                    assertThat(companion.verdict(key(i).getBytes(StandardCharsets.UTF_8), PATIENCE))
                            .contains(i < KEYS_OF_EACH ? "accepted" : "refused");
                    requests++;
                }
            }
        }
        return requests;
    }

    /** Sends a key, or a password of those who have one. */
    private static int status(RunnerClient client, int number) {
        boolean password = number >= KEYS_OF_EACH && number < 2 * KEYS_OF_EACH;
        PresentedKind kind = password ? PresentedKind.PASSWORD : PresentedKind.KEY;
        return RunnerProcess.status(
                client.call(kind.request("/orders", "m" + (number - KEYS_OF_EACH), key(number)), kind.route()));
    }

    private static int status(RunnerClient client, PresentedKind kind) {
        String secret = key(Objects.requireNonNull(VALUES.get(kind)));
        return RunnerProcess.status(client.call(kind.request("/orders", kind.user(), secret), kind.route()));
    }

    private static String reference(PresentedKind kind) {
        return "$secret://vault/prod/" + kind.user() + "/key";
    }

    private static void jcmd(long pid, String... command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid)));
        all.addAll(List.of(command));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
    }

    /**
     * Returns the keys in a file. All begin with the same mark, so one search for it, in Latin-1 and both byte orders
     * of UTF-16, finds them all; the number after it identifies the key.
     */
    private static Set<String> occurrences(Path file) throws IOException {
        Set<String> found = new TreeSet<>();
        byte[] narrow = MARK.getBytes(StandardCharsets.ISO_8859_1);
        int longest = 2 * (narrow.length + DIGITS);
        byte[] window = new byte[(1 << 20) + longest];
        int kept = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.readNBytes(window, kept, window.length - kept);
                    n > 0;
                    n = in.readNBytes(window, kept, window.length - kept)) {
                int end = kept + n;
                for (int at = 0; at < end; at++) {
                    if (window[at] == narrow[0]) {
                        match(window, at, end, narrow, 1, found);
                        match(window, at, end, narrow, 2, found);
                    }
                }
                kept = Math.min(longest, end);
                System.arraycopy(window, end - kept, window, 0, kept);
            }
        }
        return found;
    }

    /** Step 2 finds letters at every second byte: UTF-16 in either byte order, since all letters are ASCII. */
    private static void match(byte[] window, int at, int end, byte[] narrow, int step, Set<String> found) {
        int length = narrow.length + DIGITS;
        if (at + (length - 1) * step >= end) {
            return;
        }
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            byte letter = window[at + i * step];
            boolean between = step == 1 || i == length - 1 || window[at + i * step + 1] == 0;
            if (!between || (i < narrow.length ? letter != narrow[i] : letter < '0' || letter > '9')) {
                return;
            }
            text.append((char) letter);
        }
        found.add(text.toString());
    }
}
