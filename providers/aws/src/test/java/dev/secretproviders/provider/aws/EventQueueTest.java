package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.event.SecretEvent;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.LiveThreads;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.timing.Backoff;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Events about secrets in a queue of moto. */
final class EventQueueTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    /** Its pauses are longer than a test. */
    private static final Backoff LONG = new Backoff(Duration.ofMinutes(30), Duration.ofMinutes(60));

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofMillis(200));

    private static Moto moto;

    private final Set<SecretPath> changed = ConcurrentHashMap.newKeySet();
    private URI queue;
    private SecretProvider provider;

    @BeforeAll
    static void startMoto() {
        moto = Moto.start();
    }

    @AfterAll
    static void stopMoto() {
        moto.close();
    }

    @BeforeEach
    void start() {
        moto.reset();
        moto.createSecret("jack", "one");
        queue = moto.createQueue("apisix-secrets");
        provider = provider(queue, Duration.ZERO);
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private SecretProvider provider(URI url, Duration start) {
        return provider(url, start, BACKOFF);
    }

    private SecretProvider provider(URI url, Duration start, Backoff backoff) {
        SecretProvider made = TestProviders.create(
                new AwsProviderFactory(_ -> new EventQueue.Pauses(start, backoff)),
                Map.of(
                        "endpoint_url",
                        moto.uri().toString(),
                        "access_key_id",
                        "id",
                        "secret_access_key",
                        "key",
                        "events",
                        Map.of("queue_url", url.toString())));
        made.onChange(changed::addAll);
        return made;
    }

    private static void fetch(SecretProvider from) throws Exception {
        assertThat(from.fetch(List.of(FetchRequest.of(SecretPath.current("jack"), null))))
                .hasSize(1);
    }

    @Test
    void changedSecretIsReportedByEachOfItsNamesAndTheMessageIsDeleted() throws Exception {
        fetch(provider);
        moto.sendChange(queue, "PutSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:jack-a1B2c3");

        await().atMost(SOON).until(() -> moto.messages(queue) == 0);
        assertThat(changed)
                .contains(SecretPath.current("jack"), new SecretPath("jack", null, "AWSPREVIOUS"))
                .contains(SecretPath.current("arn:aws:secretsmanager:us-east-1:123456789012:secret:jack-a1B2c3"));
        assertThat(provider.warnings()).isEmpty();
    }

    private static final String PARTIAL = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/jack";

    /** References and events call a secret by its name, its ARN, or its ARN without the suffix, in any mixture. */
    @ParameterizedTest
    @CsvSource({
        "prod/jack, " + PARTIAL + "-a1B2c3",
        "prod/jack, " + PARTIAL,
        PARTIAL + "-a1B2c3, prod/jack",
        PARTIAL + "-a1B2c3, " + PARTIAL,
        PARTIAL + ", prod/jack",
        PARTIAL + ", " + PARTIAL + "-a1B2c3",
    })
    void eventMeansAReferenceByAnotherName(String event, String reference) throws Exception {
        SecretPath pinned = new SecretPath(reference, "a-version", null);
        SecretPath staged = new SecretPath(reference, null, "OURS");
        SecretPath other = SecretPath.current(reference.replace("jack", "rose"));
        provider.fetch(Stream.of(SecretPath.current(reference), pinned, staged, other)
                .map(path -> FetchRequest.of(path, null))
                .toList());

        moto.sendChange(queue, "PutSecretValue", event);

        await().atMost(SOON).until(() -> moto.messages(queue) == 0);
        assertThat(changed)
                .contains(SecretPath.current(reference), pinned, staged)
                .doesNotContain(other);
    }

    @Test
    void pathsThatWereNotAskedForLongestAreForgotten() throws Exception {
        SecretEvent event =
                Objects.requireNonNull(SecretEvent.read(JsonMapper.shared().readTree("""
                {"source": "aws.secretsmanager", "detail": {"requestParameters": {"secretId": "prod/jack"}}}""")));
        AskedPaths asked = new AskedPaths(2);
        SecretPath first = SecretPath.current(PARTIAL + "-a1B2c3");
        SecretPath second = new SecretPath(PARTIAL, "2", null);
        SecretPath third = new SecretPath(PARTIAL, "3", null);
        List.of(first, second, first, third).forEach(asked::add);

        assertThat(asked.meantBy(event)).containsExactlyInAnyOrder(first, third);
    }

    @Test
    void manyEventsAreAllReported() throws Exception {
        for (int i = 0; i < 25; i++) {
            moto.sendChange(queue, "PutSecretValue", "secret-" + i);
        }
        fetch(provider);

        await().atMost(SOON).until(() -> moto.messages(queue) == 0);
        for (int i = 0; i < 25; i++) {
            assertThat(changed).contains(SecretPath.current("secret-" + i));
        }
    }

    /** A queue for each runner is filled by a topic, which wraps the event. */
    @Test
    void eventInTheEnvelopeOfATopicIsUnderstood() throws Exception {
        fetch(provider);
        String event = """
                {"source": "aws.secretsmanager", "detail-type": "AWS Service Event via CloudTrail", "detail": {
                 "eventName": "RotationSucceeded", "additionalEventData":
                 {"SecretId": "arn:aws:secretsmanager:us-east-1:1:secret:jack-a1B2c3"}}}""";
        moto.send(queue, JsonMapper.shared().writeValueAsString(Map.of("Type", "Notification", "Message", event)));

        await().atMost(SOON).until(() -> changed.contains(SecretPath.current("jack")));
    }

    @Test
    void readsAreDeletedAndReportNothing() throws Exception {
        fetch(provider);
        moto.sendChange(queue, "GetSecretValue", "jack");

        await().atMost(SOON).until(() -> moto.messages(queue) == 0);
        assertThat(changed).isEmpty();
    }

    /** The queue may be the wrong one: what the runner does not understand belongs to another reader. */
    @Test
    void messageThatIsNoEventStaysAndIsToldOf() throws Exception {
        fetch(provider);
        moto.send(queue, "canary-of-another-reader");
        moto.sendChange(queue, "PutSecretValue", "jack");

        await().atMost(SOON).until(() -> changed.contains(SecretPath.current("jack")));
        await().atMost(SOON).until(() -> moto.messages(queue) == 1);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(provider.warnings())
                        .singleElement()
                        .asString()
                        .contains("events.queue_url", "no events of AWS Secrets Manager")
                        .doesNotContain("canary"));
    }

    /** An edit is tried with a provider that is closed again. */
    @Test
    void providerThatIsOnlyTriedTakesNothing() throws Exception {
        moto.sendChange(queue, "PutSecretValue", "jack");
        try (SecretProvider tried = provider(queue, Duration.ofMinutes(1))) {
            fetch(tried);
        }
        assertThat(moto.messages(queue)).isEqualTo(1);
        assertThat(changed).isEmpty();
    }

    @Test
    void queueThatIsNotThereIsToldOfAndReadOnceItIs() throws Exception {
        try (SecretProvider early = provider(moto.queue("later"), Duration.ZERO)) {
            fetch(early);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(early.warnings())
                            .singleElement()
                            .asString()
                            .contains("events.queue_url: there is no such queue"));
            URI later = moto.createQueue("later");
            moto.sendChange(later, "DeleteSecret", "rose");
            await().atMost(SOON).until(() -> changed.contains(SecretPath.current("rose")));
            await().atMost(SOON).until(() -> early.warnings().isEmpty());
        }
    }

    /** SQS answers 200 where it deletes some messages only. moto never does, so a server of the test answers. */
    @Test
    void messagesThatAreNotDeletedAreToldOfAndAskedForMoreRarely() throws Exception {
        String body = "{\"source\": \"aws.secretsmanager\", \"detail\": {\"eventName\": \"PutSecretValue\","
                + " \"requestParameters\": {\"secretId\": \"rose\"}}}";
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        String received = JsonMapper.shared()
                .writeValueAsString(Map.of(
                        "Messages",
                        List.of(Map.of(
                                "MessageId",
                                "1",
                                "ReceiptHandle",
                                "r",
                                "MD5OfBody",
                                HexFormat.of().formatHex(md5.digest(body.getBytes(StandardCharsets.UTF_8))),
                                "Body",
                                body))));
        String left = "{\"Successful\": [], \"Failed\": [{\"Id\": \"0\", \"SenderFault\": false,"
                + " \"Code\": \"InternalError\", \"Message\": \"canary\"}]}";
        AtomicInteger polls = new AtomicInteger();
        HttpServer sqs = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        sqs.createContext("/", exchange -> {
            boolean poll = exchange.getRequestHeaders().getFirst("X-Amz-Target").endsWith("ReceiveMessage");
            if (poll) {
                polls.incrementAndGet();
            }
            byte[] answer = (poll ? received : left).getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        sqs.start();
        URI url = URI.create("http://127.0.0.1:" + sqs.getAddress().getPort() + "/123456789012/q");
        try (SecretProvider one = provider(url, Duration.ZERO, LONG)) {
            fetch(one);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(one.warnings())
                            .singleElement()
                            .asString()
                            .contains("events.queue_url", "did not delete 1 of 1 messages", "InternalError")
                            .doesNotContain("canary"));
            assertThat(changed).contains(SecretPath.current("rose"));
            assertThat(polls).hasValue(1);
        } finally {
            sqs.stop(0);
        }
    }

    @Test
    void closedProviderStopsReadingAtOnce() throws Exception {
        LiveThreads threads = new LiveThreads();
        fetch(provider);
        await().atMost(SOON).until(() -> !threads.with("EventQueue.run").isEmpty());
        provider.close();
        assertThat(threads.awaitNoneWith(SOON, "EventQueue.run")).isEmpty();
    }

    @Test
    void urlThatIsNoQueueIsRefused() {
        for (String url :
                List.of("https://sqs.eu-central-1.amazonaws.com", "https://sqs.eu-central-1.amazonaws.com/q")) {
            assertThat(TestProviders.problems(new AwsProviderFactory(), Map.of("events", Map.of("queue_url", url))))
                    .containsExactly("providers.aws.test.events.queue_url: expected a queue's whole URL, such as"
                            + " https://sqs.eu-central-1.amazonaws.com/123456789012/apisix-secrets");
        }
        assertThat(TestProviders.problems(new AwsProviderFactory(), Map.of("events", Map.of("queue", "x"))))
                .singleElement()
                .asString()
                .contains("events.queue: is not a known field", "queue_url");
    }
}
