package dev.secretproviders.consumer;

import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdHistory;
import dev.secretproviders.timing.Deadline;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdExceptionFactory;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Consumers from APISIX's own etcd. Reads everything below {@code <prefix>/consumers/} at one revision, then follows
 * each later change. Does the same for the other directories that the user may read. After an outage it goes on with
 * the changes since. In any doubt (they were compacted, etcd refused the watch or was restored) it reads everything
 * again, and reports only differences. After a long outage it does so, too, once it has the changes.
 */
final class EtcdConsumerSource extends FollowingSource {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdConsumerSource.class);
    /** The most answers that are told together, so that a bulk import does not hold back a removal. */
    private static final int MOST_TOGETHER = 1_000;
    /** The interval of liveness checks for a silent etcd. */
    private static final long LOOK_MILLIS = 3_000;

    /** How long changes since a long outage may take to arrive, before everything is read again. */
    private static final long CATCH_UP_MILLIS = 1_000;

    private static final JsonMapper JSON = SecretJson.mapper().build();

    private final EtcdAccess access;
    private final GatewayTable table;
    private final EtcdHistory<ConsumerSourceException> history;
    /** Directories that cannot be read, which was already logged. */
    private final Set<String> unread = new HashSet<>();

    private @Nullable Client client;

    /** A response or a failure of a watch; neither of the two if it ended. */
    private record News(
            String directory,
            @Nullable WatchResponse response,
            @Nullable Throwable failure) {}

    /** @param longOutage after how long an outage everything is read again */
    EtcdConsumerSource(EtcdAccess access, GatewayTable table, Duration longOutage) {
        super("etcd", Duration.ofSeconds(5));
        this.access = access;
        this.table = table;
        this.history = new EtcdHistory<>(longOutage, ConsumerSourceException::new);
    }

    private ByteSequence root(String directory) {
        return ByteSequence.from(access.prefix() + "/" + directory + "/", StandardCharsets.UTF_8);
    }

    @Override
    void follow() throws ConsumerSourceException, InterruptedException {
        boolean onlyAway = false;
        try {
            follow(client());
        } catch (ConsumerSourceException e) {
            onlyAway = e.isAway();
            throw e;
        } finally {
            if (!onlyAway) {
                history.forget();
            }
        }
    }

    private void follow(Client etcd) throws ConsumerSourceException, InterruptedException {
        boolean resumed = history.knows(GatewayTable.CONSUMERS);
        if (resumed) {
            history.resumes();
            history.check(ask(etcd));
        } else {
            readAll(etcd, GatewayTable.CONSUMERS);
            tell(table.snapshot());
        }
        BlockingQueue<News> queue = new LinkedBlockingQueue<>();
        try (Watches watches = new Watches(etcd, queue)) {
            watches.begin(GatewayTable.CONSUMERS);
            beginOthers(etcd, watches);
            if (!resumed) {
                tell(table.snapshot());
            }
            while (true) {
                News news = queue.poll(resumed ? CATCH_UP_MILLIS : LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (news != null) {
                    takeOver(news, queue);
                } else {
                    history.check(ask(etcd));
                    recordUnchanged();
                }
                if (resumed) {
                    tell(table.snapshot());
                    if (history.inDoubt()) {
                        readAgain(etcd);
                    }
                    resumed = false;
                }
            }
        }
    }

    /** Applies changes, and tells those together that have arrived meanwhile. */
    private void takeOver(News first, BlockingQueue<News> queue) throws ConsumerSourceException {
        int together = 0;
        try {
            for (News news = first; news != null; news = ++together <= MOST_TOGETHER ? queue.poll() : null) {
                apply(news);
            }
        } finally {
            // What came before a failure counts.
            if (together > 0) {
                tell(table.snapshot());
            }
        }
    }

    private void readAgain(Client etcd) throws ConsumerSourceException, InterruptedException {
        for (String directory : history.known()) {
            readAll(etcd, directory);
            tell(table.snapshot());
        }
        history.confirmed();
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

        /** Begins with the changes that the table does not have. */
        void begin(String directory) {
            WatchOption option = WatchOption.builder()
                    .isPrefix(true)
                    .withRevision(history.revision(directory) + 1)
                    .withProgressNotify(true)
                    .withRequireLeader(true)
                    .build();
            Watch.Listener listener = Watch.listener(
                    response -> queue.add(new News(directory, response, null)),
                    failure -> queue.add(new News(directory, null, failure)),
                    () -> queue.add(new News(directory, null, null)));
            open.add(etcd.getWatchClient().watch(root(directory), option, listener));
        }

        @Override
        public void close() {
            open.forEach(Watch.Watcher::close);
        }
    }

    /** Follows the other directories. The user of etcd may often read the consumers only. */
    private void beginOthers(Client etcd, Watches watches) throws ConsumerSourceException, InterruptedException {
        for (String directory : GatewayTable.OTHERS) {
            try {
                if (!history.knows(directory)) {
                    readAll(etcd, directory);
                }
                watches.begin(directory);
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

    /**
     * Waits until an etcd that was away accepts connections, and forgets the client: after a long outage, its channel
     * waits for up to two minutes before it connects again.
     */
    @Override
    void awaitPeer() throws InterruptedException {
        access.awaitReachable();
        // Not before: a question meanwhile could make a client that begins to wait, too.
        synchronized (this) {
            if (client != null) {
                client.close();
                client = null;
            }
        }
    }

    private synchronized Client client() {
        if (client == null) {
            client = access.connect();
        }
        return client;
    }

    /** Returns what etcd says of itself. The watch alone would wait for a later revision than a restored etcd has. */
    private Response.Header ask(Client etcd) throws ConsumerSourceException, InterruptedException {
        return answer(etcd.getKVClient().get(root(GatewayTable.CONSUMERS))).getHeader();
    }

    /** Reads a directory at one revision. */
    private void readAll(Client etcd, String directory) throws ConsumerSourceException, InterruptedException {
        ByteSequence root = root(directory);
        GatewayTable.Reading reading = table.read(directory);
        Response.Header now = new EtcdPages(etcd, this::answer, root)
                .read(pair -> take(pair, root, reading::put, reading::putUnreadable));
        history.check(now);
        reading.done();
        history.reached(directory, now.getRevision());
    }

    private void apply(News news) throws ConsumerSourceException {
        if (news.response() == null) {
            String ended = "etcd ended the watch";
            throw news.failure() == null ? new ConsumerSourceException(ended) : failed(ended, news.failure());
        }
        String directory = news.directory();
        ByteSequence root = root(directory);
        history.checkCluster(news.response().getHeader());
        for (WatchEvent event : news.response().getEvents()) {
            KeyValue pair = event.getKeyValue();
            if (pair.getModRevision() <= history.revision(directory)) {
                // The directory was read at a later revision meanwhile.
                continue;
            }
            switch (event.getEventType()) {
                case PUT ->
                    take(
                            pair,
                            root,
                            (place, object) -> table.put(directory, place, object),
                            (place, problem) -> table.putUnreadable(directory, place, problem));
                case DELETE -> table.remove(directory, place(root, pair));
                case UNRECOGNIZED -> throw new ConsumerSourceException("etcd sent an event of an unknown type");
            }
        }
        history.reached(directory, news.response());
    }

    private static void take(
            KeyValue pair,
            ByteSequence root,
            BiConsumer<String, JsonNode> put,
            BiConsumer<String, String> putUnreadable) {
        String place = place(root, pair);
        if (place.isEmpty()) {
            // APISIX marks the directory itself with the value init_dir (apisix/cli/etcd.lua).
            return;
        }
        JsonNode object;
        try {
            object = JSON.readTree(pair.getValue().getBytes());
        } catch (JacksonException e) {
            putUnreadable.accept(place, "its value in etcd is not well-formed JSON; write it again");
            return;
        }
        put.accept(place, object);
    }

    private static String place(ByteSequence root, KeyValue pair) {
        return pair.getKey().substring(root.size()).toString(StandardCharsets.UTF_8);
    }

    private <T> T answer(CompletableFuture<T> question) throws ConsumerSourceException, InterruptedException {
        try {
            return Deadline.await(question, access.timeout());
        } catch (TimeoutException e) {
            throw ConsumerSourceException.away(
                    "etcd does not answer within " + access.timeout().toMillis() + " ms");
        } catch (ExecutionException e) {
            throw failed("etcd cannot be read", e.getCause());
        }
    }

    private static ConsumerSourceException failed(String what, @Nullable Throwable cause) {
        String problem = what + ": " + EtcdAccess.describe(cause);
        if (EtcdAccess.isAway(cause)) {
            return ConsumerSourceException.away(problem);
        }
        return EtcdExceptionFactory.toEtcdException(cause).getErrorCode() == ErrorCode.PERMISSION_DENIED
                ? ConsumerSourceException.refused(problem)
                : new ConsumerSourceException(problem);
    }
}
