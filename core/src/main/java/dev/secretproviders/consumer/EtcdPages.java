package dev.secretproviders.consumer;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Reads all keys of one directory of an etcd at one revision, page by page.
 *
 * <p>etcd counts the whole range of each question, whatever its limit ({@code treeIndex.Revisions} in etcd's {@code
 * server/storage/mvcc/index.go}). With an order it even fetches the whole range ({@code server/etcdserver/txn/range.go}).
 * So no question here asks for an order, which etcd keeps to by itself, and only the first one names the whole
 * directory. The others end where the keys with the same beginning end, so that each key is counted some few times. The
 * next page is on its way while the last one is read.
 *
 * <p>Used once, by one thread.
 */
final class EtcdPages {
    /** Large enough that the cost of a question is small, small enough to pass a slow line within the time limit. */
    private static final Sizes USUAL = new Sizes(1_000, 20_000, 2 << 20);

    /** What etcd sends with each key besides the key and its value, at most. */
    private static final int OVERHEAD = 48;
    /** How many keys of a page tell its size. */
    private static final int SAMPLES = 1_000;
    /** A prime above the size of each page. So samples have all kinds of keys, also of keys that take turns. */
    private static final int STRIDE = 104_729;

    /** A range with more pages than this is divided. */
    private static final int PAGES_OF_RANGE = 4;

    private final Client etcd;
    private final Answers answers;
    private final ByteSequence root;
    private final ByteSequence end;
    private final Sizes sizes;
    /** How many bytes of the next key all keys of its range begin with. */
    private int depth;

    private long limit;
    /** How many keys the range had when it was begun; zero before that. */
    private long inRange;
    /** Whether the range before this one had so few keys that this one was made wider. */
    private boolean widened;

    private long revision;

    /**
     * How large pages are.
     *
     * @param first the keys of the first page, while the size of keys and values is not known
     * @param keys the most keys of a page
     * @param bytes how many bytes a page should have
     */
    record Sizes(long first, long keys, long bytes) {}

    /** Waits for an answer of etcd. */
    @FunctionalInterface
    interface Answers {
        GetResponse await(CompletableFuture<GetResponse> question) throws ConsumerSourceException, InterruptedException;
    }

    /** A question that is under way. */
    private record Asked(ByteSequence end, CompletableFuture<GetResponse> answer) {}

    /**
     * Prepares to read a directory.
     *
     * @param root what all of its keys begin with
     */
    EtcdPages(Client etcd, Answers answers, ByteSequence root) {
        this(etcd, answers, root, USUAL);
    }

    EtcdPages(Client etcd, Answers answers, ByteSequence root, Sizes sizes) {
        this.etcd = etcd;
        this.sizes = sizes;
        this.limit = sizes.first();
        this.answers = answers;
        this.root = root;
        this.end = OptionsUtil.prefixEndOf(root);
        this.depth = root.size();
    }

    /**
     * Reads the directory and returns what etcd said of itself with the first page, with the revision of all pages.
     *
     * @param each receives each key, in etcd's order
     */
    Response.Header read(Consumer<KeyValue> each) throws ConsumerSourceException, InterruptedException {
        Asked asked = ask(root, end);
        Response.Header first = null;
        while (true) {
            GetResponse page = answers.await(asked.answer());
            if (first == null) {
                first = page.getHeader();
                revision = first.getRevision();
            }
            ByteSequence next = next(asked, page);
            boolean last = next.equals(end);
            if (!last) {
                asked = ask(next, page.isMore() ? rangeOf(next, page, asked.end()) : endOfRange(next));
            }
            page.getKvs().forEach(each);
            if (last) {
                return first;
            }
        }
    }

    /** Returns where the next page begins, and chooses how large it and its range are. */
    private ByteSequence next(Asked asked, GetResponse page) {
        List<KeyValue> pairs = page.getKvs();
        if (!pairs.isEmpty()) {
            limit = Math.clamp(sizes.bytes() * pairs.size() / bytes(pairs), 1, sizes.keys());
        }
        inRange = Math.max(inRange, page.getCount());
        if (page.isMore()) {
            return pairs.getLast().getKey().concat(ByteSequence.from(new byte[1]));
        }
        // After an empty range, one level up is enough: the next range may be full again.
        widened = inRange < limit / PAGES_OF_RANGE && !(inRange == 0 && widened);
        if (widened) {
            depth = Math.max(root.size(), depth - 1);
        }
        inRange = 0;
        return asked.end();
    }

    /** Returns about how many bytes a page has, by some of its keys: jetcd reads all bytes to tell how many there are. */
    static long bytes(List<KeyValue> pairs) {
        int samples = Math.min(pairs.size(), SAMPLES);
        long bytes = 0;
        for (long i = 0; i < samples; i++) {
            KeyValue pair = pairs.get((int) (i * STRIDE % pairs.size()));
            bytes += pair.getKey().size() + pair.getValue().size() + OVERHEAD;
        }
        return Math.max(1, bytes * pairs.size() / Math.max(1, samples));
    }

    /** Returns the end of the range in which keys are left: the same one, or a smaller one if too many are. */
    private ByteSequence rangeOf(ByteSequence next, GetResponse page, ByteSequence same) {
        List<KeyValue> pairs = page.getKvs();
        if (page.getCount() - pairs.size() <= PAGES_OF_RANGE * limit) {
            return same;
        }
        int common = common(pairs.getFirst().getKey(), pairs.getLast().getKey());
        depth = Math.max(common, Math.min(depth + 1, pairs.getLast().getKey().size()));
        inRange = pairs.size();
        return endOfRange(next);
    }

    private ByteSequence endOfRange(ByteSequence from) {
        return depth <= root.size() ? end : OptionsUtil.prefixEndOf(from.substring(0, Math.min(depth, from.size())));
    }

    private static int common(ByteSequence one, ByteSequence other) {
        int different = Arrays.mismatch(one.getBytes(), other.getBytes());
        return different < 0 ? one.size() : different;
    }

    private Asked ask(ByteSequence from, ByteSequence to) {
        GetOption option = GetOption.builder()
                .withRange(to)
                .withRevision(revision)
                .withLimit(limit)
                .build();
        return new Asked(to, etcd.getKVClient().get(from, option));
    }
}
