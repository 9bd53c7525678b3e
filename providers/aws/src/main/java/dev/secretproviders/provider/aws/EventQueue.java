package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.GuardedSdkHttp;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.timing.Backoff;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/**
 * Reads EventBridge's events about secrets from a queue of SQS and reports which secrets changed. Asks with long polls,
 * one at a time, on a virtual thread of its own. A message is deleted once its secret was reported, so a message that is
 * lost on the way comes again. A message that is no such event stays in the queue: the queue may be the wrong one, and
 * its redrive policy is what moves such messages away.
 *
 * <p>Events only save time: without them, a secret is asked for when its {@code cache.ttl} ends. Thread-safe.
 *
 * @see <a href="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html">
 *     ReceiveMessage</a>
 */
final class EventQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventQueue.class);
    /** The service's limits. */
    private static final int BATCH = 10;

    private static final Duration LONGEST_POLL = Duration.ofSeconds(20);
    /** More than a runner has references to secrets of one provider. */
    private static final int MOST_ASKED = 100_000;

    /** The time limit for a request: an answer to a poll may come somewhat later than asked for. */
    private static final Duration LIMIT = LONGEST_POLL.plusSeconds(10);

    /** Longer than such a message is hidden from other polls, so that the warning does not come and go. */
    private static final long STRANGERS_TOLD = Duration.ofMinutes(10).toNanos();

    private static final String STRANGERS =
            "the queue holds messages that are no events of AWS Secrets Manager; they stay there until its redrive policy"
                    + " moves them, or they expire";

    private final Place place;
    private final Outbound outbound;
    private final Pauses pauses;
    private final SignedCalls calls;
    private final AskedPaths asked = new AskedPaths(MOST_ASKED);
    private @Nullable Thread thread;
    private @Nullable SqsClient client;
    private boolean closed;
    private volatile @Nullable String failure;
    /** When such messages were last seen, or null. */
    private volatile @Nullable Long strangersAt;

    /**
     * A queue.
     *
     * @param url the queue's URL; its host is connected to
     * @param region the region to sign for
     * @param provider whose events they are, for messages
     */
    record Place(URI url, Region region, ProviderId provider) {}

    /**
     * The pauses between polls.
     *
     * @param start before the first poll. An edit is tried with a provider that is thrown away again, which must not take
     *     messages from the provider in force
     * @param backoff after a poll that failed, or brought something else than events
     */
    record Pauses(Duration start, Backoff backoff) {
        /** Returns the usual pauses. An edit is tried for less than three times the timeout. */
        static Pauses usual(Duration timeout) {
            return new Pauses(timeout.multipliedBy(3), new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1)));
        }
    }

    EventQueue(Place place, AwsLogin login, Outbound outbound, Pauses pauses) {
        this.place = place;
        this.outbound = outbound;
        this.pauses = pauses;
        this.calls = new SignedCalls(login, LIMIT, "the queue " + place.url());
    }

    /**
     * Begins to read, unless that was done before.
     *
     * @param listener receives the secrets that may have changed; returns at once
     */
    void follow(Consumer<List<SecretPath>> listener) {
        synchronized (this) {
            if (thread == null && !closed) {
                thread =
                        Thread.ofVirtual().name("events of " + place.provider()).start(() -> run(listener));
            }
        }
    }

    /** Notes that a secret was asked for, so that an event about it by another name is understood. */
    void asked(SecretPath path) {
        asked.add(path);
    }

    /** Returns what keeps events from being read, or null. */
    @Nullable
    String problem() {
        String now = failure;
        return now != null ? now : strangersToldNow() ? STRANGERS : null;
    }

    private boolean strangersToldNow() {
        Long at = strangersAt;
        return at != null && System.nanoTime() - at < STRANGERS_TOLD;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (thread != null) {
                thread.interrupt();
            }
            if (client != null) {
                client.close();
            }
        }
    }

    private void run(Consumer<List<SecretPath>> listener) {
        int failures = 0;
        try {
            Thread.sleep(pauses.start());
            while (!Thread.currentThread().isInterrupted()) {
                String failed = null;
                boolean strangers = false;
                try {
                    strangers = takeBatch(listener);
                } catch (AwsServiceException e) {
                    failed = String.valueOf(AwsErrors.ofQueue(e).getMessage());
                } catch (ProviderException e) {
                    failed = String.valueOf(e.getMessage());
                } catch (RuntimeException e) {
                    // The class only: the SDK's message may quote a message of the queue.
                    failed = "reading the queue failed with " + e.getClass().getName();
                }
                if (isClosed()) {
                    return;
                }
                tell(failed, strangers);
                failures = failed == null && !strangers ? 0 : failures + 1;
                if (failures > 0) {
                    Thread.sleep(pauses.backoff().pause(failures));
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    /** Reports, then deletes, the messages of one poll. Returns whether there are others, which stay. */
    private boolean takeBatch(Consumer<List<SecretPath>> listener) throws ProviderException, InterruptedException {
        List<Message> messages = calls.ask(signed -> client().receiveMessage(ReceiveMessageRequest.builder()
                        .queueUrl(place.url().toString())
                        .maxNumberOfMessages(BATCH)
                        .waitTimeSeconds((int) LONGEST_POLL.toSeconds())
                        .overrideConfiguration(signed)
                        .build())
                .messages());
        Set<SecretPath> changed = new LinkedHashSet<>();
        List<DeleteMessageBatchRequestEntry> done = new ArrayList<>();
        for (Message message : messages) {
            Set<SecretPath> secrets = QueuedEvent.secrets(message.body(), asked);
            if (secrets != null) {
                changed.addAll(secrets);
                done.add(DeleteMessageBatchRequestEntry.builder()
                        .id(Integer.toString(done.size()))
                        .receiptHandle(message.receiptHandle())
                        .build());
            }
        }
        if (!changed.isEmpty()) {
            listener.accept(List.copyOf(changed));
        }
        delete(done);
        return done.size() < messages.size();
    }

    private void delete(List<DeleteMessageBatchRequestEntry> done) throws ProviderException, InterruptedException {
        if (done.isEmpty()) {
            return;
        }
        List<BatchResultErrorEntry> left =
                calls.ask(signed -> client().deleteMessageBatch(DeleteMessageBatchRequest.builder()
                                .queueUrl(place.url().toString())
                                .entries(done)
                                .overrideConfiguration(signed)
                                .build())
                        .failed());
        if (!left.isEmpty()) {
            // They come again, so that without a pause the same secrets would be asked for over and over.
            throw AwsErrors.ofDeletion(
                    left.stream().map(BatchResultErrorEntry::code).toList(), done.size());
        }
    }

    private void tell(@Nullable String failed, boolean strangers) {
        if (failed != null && !failed.equals(failure)) {
            LOG.warn("provider {}: events.queue_url: {}", place.provider(), failed);
        }
        failure = failed;
        if (strangers) {
            if (!strangersToldNow()) {
                LOG.warn("provider {}: events.queue_url: {}", place.provider(), STRANGERS);
            }
            strangersAt = System.nanoTime();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized SqsClient client() {
        SqsClient made = client;
        if (made == null) {
            URI url = place.url();
            made = SqsClient.builder()
                    .region(place.region())
                    .endpointOverride(url.resolve("/"))
                    // Each request brings its own credentials.
                    .credentialsProvider(AnonymousCredentialsProvider.create())
                    .httpClientBuilder(GuardedSdkHttp.builder(outbound, LIMIT))
                    .overrideConfiguration(config -> config.apiCallTimeout(LIMIT)
                            .putHeader("Connection", "close")
                            .retryStrategy(AwsRetryStrategy.doNotRetry()))
                    .build();
            client = made;
        }
        return made;
    }
}
