package dev.secretproviders.consumer;

import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.timing.Deadline;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdExceptionFactory;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Consumers from APISIX's own etcd. Reads everything below {@code <prefix>/consumers/} at one revision, then follows
 * each later change. Does the same for the other directories that the user may read. In any doubt (the revision was
 * compacted, the watch failed, etcd does not answer) it reads everything again, and reports only differences.
 */
final class EtcdConsumerSource extends FollowingSource {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdConsumerSource.class);
    private static final int PAGE = 1_000;
    /** Changes that arrive within this time are reported together. */
    private static final long GATHER_MILLIS = 20;
    /** The longest delay of a change, so that a bulk import does not hold back a removal. */
    private static final Duration LONGEST_GATHER = Duration.ofMillis(200);
    /** The interval of liveness checks for a silent etcd. */
    private static final long LOOK_MILLIS = 3_000;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private static final JsonMapper JSON = SecretJson.mapper().build();

    private final EtcdAccess access;
    private final GatewayTable table;
    /** Directories that cannot be read, which was already logged. */
    private final Set<String> unread = new HashSet<>();

    private @Nullable Client client;

    /** A response or a failure of a watch; exactly one of the two is present. */
    private record News(
            String directory,
            @Nullable WatchResponse response,
            @Nullable Throwable failure) {}

    EtcdConsumerSource(EtcdAccess access, GatewayTable table) {
        super("etcd", LONGEST_PAUSE);
        this.access = access;
        this.table = table;
    }

    private ByteSequence root(String directory) {
        return ByteSequence.from(access.prefix() + "/" + directory + "/", StandardCharsets.UTF_8);
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        Client etcd = client();
        long revision = readAll(etcd, GatewayTable.CONSUMERS);
        tell(table.snapshot());
        BlockingQueue<News> queue = new LinkedBlockingQueue<>();
        try (Watches watches = new Watches(etcd, queue)) {
            watches.begin(GatewayTable.CONSUMERS, revision + 1);
            readOthers(etcd, watches);
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

    /** The watches of one connection, which all write to one queue. */
    private final class Watches implements AutoCloseable {
        private final Client etcd;
        private final BlockingQueue<News> queue;
        private final List<Watch.Watcher> open = new ArrayList<>();

        Watches(Client etcd, BlockingQueue<News> queue) {
            this.etcd = etcd;
            this.queue = queue;
        }

        void begin(String directory, long from) {
            WatchOption option = WatchOption.builder()
                    .isPrefix(true)
                    .withRevision(from)
                    .withProgressNotify(true)
                    .withRequireLeader(true)
                    .build();
            Watch.Listener listener = Watch.listener(
                    response -> queue.add(new News(directory, response, null)),
                    failure -> queue.add(new News(directory, null, failure)));
            open.add(etcd.getWatchClient().watch(root(directory), option, listener));
        }

        @Override
        public void close() {
            open.forEach(Watch.Watcher::close);
        }
    }

    /** Reads the other directories. The user of etcd may often read the consumers only. */
    private void readOthers(Client etcd, Watches watches) throws ConsumerSourceException, InterruptedException {
        for (String directory : GatewayTable.OTHERS) {
            try {
                watches.begin(directory, readAll(etcd, directory) + 1);
                unread.remove(directory);
            } catch (ConsumerSourceException e) {
                if (!e.isRefused()) {
                    throw e;
                }
                table.forget(directory);
                if (unread.add(directory)) {
                    LOG.warn("{}; references in {} are not known", e.getMessage(), directory);
                }
            }
        }
        tell(table.snapshot());
    }

    @Override
    public List<SecretObject> secretObjects() throws ConsumerSourceException, InterruptedException {
        ByteSequence root = root("secrets");
        GetResponse all = answer(client().getKVClient()
                .get(root, GetOption.builder().isPrefix(true).build()));
        List<SecretObject> objects = new ArrayList<>();
        for (KeyValue pair : all.getKvs()) {
            String place = place(root, pair);
            try {
                SecretObject.read(place, JSON.readTree(pair.getValue().getBytes()))
                        .ifPresent(objects::add);
            } catch (JacksonException e) {
                if (!place.isEmpty()) {
                    throw new ConsumerSourceException("secrets/" + place + " in etcd is not well-formed JSON");
                }
            }
        }
        return objects;
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
            client = access.connect();
        }
        return client;
    }

    /**
     * Fails if etcd is at an earlier revision, as after a restore. The watch would otherwise wait for the later one.
     */
    private void look(Client etcd, long revision) throws ConsumerSourceException, InterruptedException {
        GetResponse now = answer(etcd.getKVClient()
                .get(
                        root(GatewayTable.CONSUMERS),
                        GetOption.builder().withCountOnly(true).build()));
        if (now.getHeader().getRevision() < revision) {
            throw new ConsumerSourceException("etcd is at an earlier revision than before; reading everything again");
        }
        recordUnchanged();
    }

    /** Reads a directory at one revision, page by page, and returns the revision. */
    private long readAll(Client etcd, String directory) throws ConsumerSourceException, InterruptedException {
        ByteSequence root = root(directory);
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
                places.add(put(directory, pair));
            }
            if (!page.isMore()) {
                table.retain(directory, places);
                return revision;
            }
            from = page.getKvs().getLast().getKey().concat(ByteSequence.from(new byte[] {0}));
        }
    }

    /** Applies a change and returns its revision. */
    private long apply(News news) throws ConsumerSourceException {
        if (news.failure() != null) {
            throw new ConsumerSourceException("the watch ended: " + EtcdAccess.describe(news.failure()));
        }
        if (news.response() == null) {
            return 0;
        }
        for (WatchEvent event : news.response().getEvents()) {
            switch (event.getEventType()) {
                case PUT -> put(news.directory(), event.getKeyValue());
                case DELETE -> table.remove(news.directory(), place(root(news.directory()), event.getKeyValue()));
                case UNRECOGNIZED -> throw new ConsumerSourceException("etcd sent an event of an unknown type");
            }
        }
        return news.response().getHeader().getRevision();
    }

    private String put(String directory, KeyValue pair) {
        String place = place(root(directory), pair);
        if (place.isEmpty()) {
            // APISIX marks the directory itself with the value init_dir (apisix/cli/etcd.lua).
            return place;
        }
        try {
            JsonNode object = JSON.readTree(pair.getValue().getBytes());
            table.put(directory, place, object);
        } catch (JacksonException e) {
            table.putUnreadable(directory, place, "its value in etcd is not well-formed JSON; write it again");
        }
        return place;
    }

    private static String place(ByteSequence root, KeyValue pair) {
        return pair.getKey().substring(root.size()).toString(StandardCharsets.UTF_8);
    }

    private <T> T answer(CompletableFuture<T> question) throws ConsumerSourceException, InterruptedException {
        try {
            return Deadline.await(question, access.timeout());
        } catch (TimeoutException e) {
            throw new ConsumerSourceException(
                    "etcd does not answer within " + access.timeout().toMillis() + " ms");
        } catch (ExecutionException e) {
            String problem = "etcd cannot be read: " + EtcdAccess.describe(e.getCause());
            throw EtcdExceptionFactory.toEtcdException(e.getCause()).getErrorCode() == ErrorCode.PERMISSION_DENIED
                    ? ConsumerSourceException.refused(problem)
                    : new ConsumerSourceException(problem);
        }
    }
}
