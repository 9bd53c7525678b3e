package dev.secretproviders.store.etcd;

import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.KeyRange;
import dev.secretproviders.store.Keys;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.timing.Deadline;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.common.exception.EtcdExceptionFactory;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.etcd.jetcd.options.PutOption;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The store in an etcd, shared by several runners. All keys are below {@code <prefix>/}, without leases. Revisions are
 * etcd's own, so revisions of other users of that etcd lie between them.
 *
 * <p>Each transaction that writes also writes a number of its own to the key {@code <prefix>/}. When etcd's answer gets
 * lost (a timeout, a new leader), that number shows whether the transaction was made. The outcome is unknown only if
 * another transaction followed, or if etcd cannot be reached at all.
 */
public final class EtcdStore implements Store {
    /** Entries per page. Larger pages make larger answers, see {@link EtcdAccess}. */
    private static final int PAGE = 200;

    private static final int TRIES = 3;
    /** Errors after which etcd has not made the transaction. */
    private static final Set<ErrorCode> REFUSALS = Set.of(
            ErrorCode.PERMISSION_DENIED,
            ErrorCode.UNAUTHENTICATED,
            ErrorCode.INVALID_ARGUMENT,
            ErrorCode.FAILED_PRECONDITION,
            ErrorCode.RESOURCE_EXHAUSTED);

    private final EtcdAccess access;
    private final EtcdConnection connection;
    private final ByteSequence marker;
    private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile @Nullable String problem;

    private EtcdStore(EtcdAccess access) {
        this.access = access;
        this.connection = new EtcdConnection(access);
        this.marker = ByteSequence.from(access.prefix() + "/", StandardCharsets.UTF_8);
    }

    /** Returns the store; etcd is asked at the first call, and need not be there yet. */
    public static EtcdStore open(EtcdAccess access) {
        return new EtcdStore(access);
    }

    @Override
    public @Nullable Stored get(String key) throws StoreException {
        ByteSequence bytes = key(key);
        List<KeyValue> found =
                read(connection.client().getKVClient().get(bytes)).getKvs();
        return found.isEmpty() ? null : stored(found.getFirst());
    }

    @Override
    public Listing list(Range range) throws StoreException {
        KeyRange keys = KeyRange.of(range);
        for (int tries = 1; ; tries++) {
            try {
                return list(keys, range);
            } catch (CompactedException e) {
                if (tries == TRIES) {
                    throw failed(String.valueOf(e.getMessage()), e);
                }
                // The revision was compacted between two pages: begin again at the newest.
            }
        }
    }

    /** A revision is no longer, or not yet, known. */
    static final class CompactedException extends StoreException {
        private static final long serialVersionUID = 1L;

        CompactedException(Throwable cause) {
            super("etcd does not know the revision; it was compacted meanwhile", cause);
        }
    }

    private Listing list(KeyRange range, Range wanted) throws StoreException {
        if (range.isEmpty()) {
            return new Listing(List.of(), List.of(), look().getRevision());
        }
        ByteSequence from = absolute(range.start());
        byte[] rangeEnd = range.end();
        ByteSequence end = rangeEnd == null ? end() : absolute(rangeEnd);
        List<Stored> entries = new ArrayList<>();
        long revision = 0;
        while (true) {
            int limit = wanted.limit() == 0 ? PAGE : Math.min(PAGE, wanted.limit() - entries.size());
            GetResponse page = read(connection
                    .client()
                    .getKVClient()
                    .get(
                            from,
                            GetOption.builder()
                                    .withRange(end)
                                    .withRevision(revision)
                                    // One more, since the marker may be among them.
                                    .withLimit(limit + 1L)
                                    .withSortField(SortTarget.KEY)
                                    // With any order, etcd reads the whole range for each page. By itself it ascends.
                                    .withSortOrder(wanted.descending() ? SortOrder.DESCEND : SortOrder.NONE)
                                    .build()));
            if (revision == 0) {
                revision = page.getHeader().getRevision();
            }
            for (KeyValue pair : page.getKvs()) {
                if (!isMarker(pair) && (wanted.limit() == 0 || entries.size() < wanted.limit())) {
                    entries.add(stored(pair));
                }
            }
            if (!page.isMore() || entries.size() == wanted.limit()) {
                return new Listing(entries, List.of(), revision);
            }
            ByteSequence last = page.getKvs().getLast().getKey();
            if (wanted.descending()) {
                end = last;
            } else {
                from = last.concat(ByteSequence.from(new byte[1]));
            }
        }
    }

    @Override
    public CommitResult commit(Transaction transaction) throws StoreException {
        List<Cmp> conditions = new ArrayList<>();
        List<Op> reads = new ArrayList<>();
        transaction.conditions().forEach((key, revision) -> {
            ByteSequence bytes = key(key);
            conditions.add(new Cmp(bytes, Cmp.Op.EQUAL, CmpTarget.modRevision(revision)));
            reads.add(Op.get(bytes, GetOption.builder().withKeysOnly(true).build()));
        });
        ByteSequence number = ByteSequence.from(UUID.randomUUID().toString(), StandardCharsets.US_ASCII);
        List<Op> changes = new ArrayList<>();
        transaction
                .puts()
                .forEach((key, value) -> changes.add(Op.put(key(key), ByteSequence.from(value), PutOption.DEFAULT)));
        transaction.deletes().forEach(key -> changes.add(Op.delete(key(key), DeleteOption.DEFAULT)));
        boolean marked = !transaction.puts().isEmpty();
        if (marked) {
            changes.add(Op.put(marker, number, PutOption.DEFAULT));
        }
        try {
            TxnResponse response = answer(connection
                    .client()
                    .getKVClient()
                    .txn()
                    .If(conditions.toArray(Cmp[]::new))
                    .Then(changes.toArray(Op[]::new))
                    .Else(reads.toArray(Op[]::new))
                    .commit());
            return response.isSucceeded()
                    ? new CommitResult.Committed(response.getHeader().getRevision())
                    : conflict(transaction, response);
        } catch (EtcdException e) {
            if (REFUSALS.contains(e.getErrorCode())) {
                throw failed("etcd refuses the change: " + EtcdAccess.describe(e), e);
            }
            return outcome(marked ? number : null, EtcdAccess.describe(e), e);
        } catch (TimeoutException e) {
            return outcome(
                    marked ? number : null,
                    "no answer within " + access.timeout().toMillis() + " ms",
                    e);
        }
    }

    private CommitResult conflict(Transaction transaction, TxnResponse response) {
        Map<String, Long> expected = transaction.conditions();
        Set<String> conflicts = new HashSet<>(expected.keySet());
        for (GetResponse read : response.getGetResponses()) {
            for (KeyValue pair : read.getKvs()) {
                String key = relative(pair);
                Long revision = expected.get(key);
                if (revision != null && revision == pair.getModRevision()) {
                    conflicts.remove(key);
                }
            }
        }
        // The answer does not contain keys that are absent as expected.
        Set<String> present = new HashSet<>();
        response.getGetResponses().forEach(read -> read.getKvs().forEach(pair -> present.add(relative(pair))));
        conflicts.removeIf(key -> Long.valueOf(0).equals(expected.get(key)) && !present.contains(key));
        return new CommitResult.Conflict(Set.copyOf(conflicts));
    }

    /** Finds out whether a transaction was made whose answer got lost. */
    private CommitResult outcome(@Nullable ByteSequence number, String why, Exception cause) throws StoreException {
        if (number != null) {
            try {
                for (KeyValue pair :
                        read(connection.client().getKVClient().get(marker)).getKvs()) {
                    if (pair.getValue().equals(number)) {
                        return new CommitResult.Committed(pair.getModRevision());
                    }
                }
            } catch (StoreException e) {
                e.addSuppressed(cause);
                throw failed("it is not known whether the change was made (%s): %s".formatted(why, e.getMessage()), e);
            }
        }
        throw failed(
                "it is not known whether the change was made (%s); read again, then repeat it".formatted(why), cause);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, Watcher watcher) {
        EtcdWatch watch = new EtcdWatch(this, absolute(Keys.utf8(prefix)), afterRevision, watcher);
        watches.add(watch);
        return watch.start();
    }

    @Override
    public Status status() {
        return new Status("etcd", String.join(",", access.endpoints()) + access.prefix(), problem);
    }

    @Override
    public void close() {
        closed = true;
        List.copyOf(watches).forEach(EtcdWatch::close);
        connection.close();
    }

    EtcdConnection connection() {
        return connection;
    }

    void ended(EtcdWatch watch) {
        watches.remove(watch);
    }

    /** Returns what etcd says of itself, with its newest revision; fails if etcd does not answer. */
    Response.Header look() throws StoreException {
        return read(connection
                        .client()
                        .getKVClient()
                        .get(marker, GetOption.builder().withCountOnly(true).build()))
                .getHeader();
    }

    boolean isMarker(KeyValue pair) {
        return pair.getKey().equals(marker);
    }

    String relative(KeyValue pair) {
        return pair.getKey().substring(marker.size()).toString(StandardCharsets.UTF_8);
    }

    Stored stored(KeyValue pair) {
        return new Stored(relative(pair), pair.getValue().getBytes(), pair.getModRevision());
    }

    /** Records the problem for {@link #status}, and returns the exception to throw. */
    StoreException failed(String what, @Nullable Throwable cause) {
        String message = closed ? "the store is closed" : what;
        problem = message;
        return new StoreException(message, cause);
    }

    private GetResponse read(CompletableFuture<GetResponse> question) throws StoreException {
        try {
            return answer(question);
        } catch (EtcdException e) {
            if (e.getErrorCode() == ErrorCode.OUT_OF_RANGE) {
                throw new CompactedException(e);
            }
            throw failed("etcd cannot be read: " + EtcdAccess.describe(e), e);
        } catch (TimeoutException e) {
            throw failed("etcd does not answer within " + access.timeout().toMillis() + " ms", e);
        }
    }

    private <T> T answer(CompletableFuture<T> question) throws StoreException, TimeoutException {
        if (closed) {
            throw failed("the store is closed", null);
        }
        Client asked = connection.client();
        try {
            T answer = Deadline.await(question, access.timeout());
            problem = null;
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted while waiting for etcd", e);
        } catch (ExecutionException e) {
            EtcdException failure = EtcdExceptionFactory.toEtcdException(e.getCause());
            if (failure.getErrorCode() == ErrorCode.UNAVAILABLE) {
                connection.lost(asked);
            }
            throw failure;
        }
    }

    private ByteSequence key(String key) {
        return absolute(Keys.bytes(key));
    }

    private ByteSequence absolute(byte[] key) {
        return marker.concat(ByteSequence.from(key));
    }

    /** Returns the end of all our keys: the prefix with its slash replaced by the character after it. */
    private ByteSequence end() {
        return ByteSequence.from(access.prefix() + "0", StandardCharsets.UTF_8);
    }
}
