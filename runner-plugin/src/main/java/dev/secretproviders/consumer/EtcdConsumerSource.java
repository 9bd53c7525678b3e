package dev.secretproviders.consumer;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Consumers from APISIX's own etcd: everything below {@code <prefix>/consumers/} at one revision, then each change after it. When
 * anything is in doubt (the revision was compacted, the watch failed, etcd does not answer a look-up) it begins again with
 * everything, and tells only if that differs.
 */
final class EtcdConsumerSource extends FollowingSource {
    private static final int PAGE = 1_000;
    /** Changes that come this close together are told together. */
    private static final long GATHER_MILLIS = 20;
    /** A bulk import must not hold back a revocation. */
    private static final Duration LONGEST_GATHER = Duration.ofMillis(200);
    /** How often a silent etcd is asked whether it is still there. */
    private static final long LOOK_MILLIS = 3_000;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Supplier<Client> connect;
    private final ConsumerTable table;
    private final ByteSequence root;
    private final Duration timeout;
    private @Nullable Client client;

    /** What the watch tells; exactly one of the two is there. */
    private record News(
            @Nullable WatchResponse response, @Nullable Throwable failure) {}

    EtcdConsumerSource(Supplier<Client> connect, String prefix, Duration timeout, ConsumerTable table) {
        super("etcd", LONGEST_PAUSE);
        this.connect = connect;
        this.table = table;
        this.root = bytes(prefix + "/consumers/");
        this.timeout = timeout;
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        Client etcd = client();
        long revision = readAll(etcd);
        tell(table.snapshot());
        BlockingQueue<News> queue = new LinkedBlockingQueue<>();
        WatchOption option = WatchOption.builder()
                .isPrefix(true)
                .withRevision(revision + 1)
                .withProgressNotify(true)
                .withRequireLeader(true)
                .build();
        Watch.Listener listener = Watch.listener(
                response -> queue.add(new News(response, null)), failure -> queue.add(new News(null, failure)));
        try (Watch.Watcher _ = etcd.getWatchClient().watch(root, option, listener)) {
            while (true) {
                News news = queue.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (news == null) {
                    look(etcd, revision);
                    continue;
                }
                long tellBy = System.nanoTime() + LONGEST_GATHER.toNanos();
                do {
                    revision = Math.max(revision, apply(news));
                    news = queue.poll(GATHER_MILLIS, TimeUnit.MILLISECONDS);
                } while (news != null && System.nanoTime() - tellBy < 0);
                if (news != null) {
                    revision = Math.max(revision, apply(news));
                }
                tell(table.snapshot());
            }
        }
    }

    @Override
    public synchronized void close() {
        super.close();
        if (client != null) {
            client.close();
        }
    }

    private synchronized Client client() {
        if (client == null) {
            client = connect.get();
        }
        return client;
    }

    /** A restored or emptied etcd counts from an earlier revision; the watch would wait for the later one. */
    private void look(Client etcd, long revision) throws ConsumerSourceException, InterruptedException {
        GetResponse now = answer(etcd.getKVClient()
                .get(root, GetOption.builder().withCountOnly(true).build()));
        if (now.getHeader().getRevision() < revision) {
            throw new ConsumerSourceException("etcd is at an earlier revision than before; reading everything again");
        }
        heard();
    }

    /** Reads everything at one revision, page by page, and returns the revision. */
    private long readAll(Client etcd) throws ConsumerSourceException, InterruptedException {
        Set<String> places = new HashSet<>();
        ByteSequence from = root;
        ByteSequence end = OptionsUtil.prefixEndOf(root);
        long revision = 0;
        while (true) {
            GetResponse page = answer(etcd.getKVClient()
                    .get(
                            from,
                            GetOption.builder()
                                    .withRange(end)
                                    .withRevision(revision)
                                    .withLimit(PAGE)
                                    .withSortField(GetOption.SortTarget.KEY)
                                    .withSortOrder(GetOption.SortOrder.ASCEND)
                                    .build()));
            if (revision == 0) {
                revision = page.getHeader().getRevision();
            }
            for (KeyValue pair : page.getKvs()) {
                places.add(put(pair));
            }
            if (!page.isMore()) {
                table.retain(places);
                return revision;
            }
            from = page.getKvs().getLast().getKey().concat(ByteSequence.from(new byte[] {0}));
        }
    }

    /** Takes over a change and returns the revision it brought. */
    private long apply(News news) throws ConsumerSourceException {
        if (news.failure() != null) {
            throw new ConsumerSourceException("the watch ended: " + describe(news.failure()));
        }
        if (news.response() == null) {
            return 0;
        }
        for (WatchEvent event : news.response().getEvents()) {
            switch (event.getEventType()) {
                case PUT -> put(event.getKeyValue());
                case DELETE -> table.remove(place(event.getKeyValue()));
                case UNRECOGNIZED -> throw new ConsumerSourceException("etcd sent an event of an unknown type");
            }
        }
        return news.response().getHeader().getRevision();
    }

    private String put(KeyValue pair) {
        String place = place(pair);
        if (place.isEmpty()) {
            // APISIX marks the directory itself with the value init_dir (apisix/cli/etcd.lua).
            return place;
        }
        try {
            JsonNode object = JSON.readTree(pair.getValue().getBytes());
            table.put(place, object);
        } catch (JacksonException e) {
            table.putUnreadable(place, "its value in etcd is not well-formed JSON; write it again");
        }
        return place;
    }

    private String place(KeyValue pair) {
        return pair.getKey().substring(root.size()).toString(StandardCharsets.UTF_8);
    }

    private <T> T answer(CompletableFuture<T> question) throws ConsumerSourceException, InterruptedException {
        try {
            return question.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            question.cancel(true);
            throw new ConsumerSourceException("etcd does not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw new ConsumerSourceException("etcd cannot be read: " + describe(e.getCause()));
        }
    }

    /** Names the kind of failure; messages of gRPC are left out, since they may quote what was sent. */
    private static String describe(@Nullable Throwable failure) {
        List<String> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && causes.size() < 3; cause = cause.getCause()) {
            if (cause instanceof EtcdException etcd) {
                return etcd.getErrorCode().name();
            }
            io.grpc.Status.Code code = io.grpc.Status.fromThrowable(cause).getCode();
            if (code != io.grpc.Status.Code.UNKNOWN) {
                return code.name();
            }
            causes.add(cause.getClass().getSimpleName());
        }
        return String.join(" caused by ", causes);
    }

    static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }
}
