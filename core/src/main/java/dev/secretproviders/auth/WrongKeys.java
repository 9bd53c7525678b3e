package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Notes wrong keys in a fixed piece of memory, to tell who tries many of them, and which one comes from everywhere. Nothing of a key
 * is kept but a part of its digest. An IPv6 address counts by its first 64 bits, which belong to one customer as a rule.
 *
 * <p>Numbers are estimates, of the last ten to twenty minutes. In a flood of sources or keys those that were seen with the least
 * others make room, so what matters stays.
 *
 * <p>Thread-safe. To note a key takes no memory and never waits: what comes while another one is noted is not, which a flood does not
 * mind.
 */
public final class WrongKeys {
    /** A source tries many keys if it tried so many in ten minutes. */
    public static final int MANY_KEYS = 20;

    /** A key comes from everywhere if it came from so many sources in ten minutes. */
    public static final int MANY_SOURCES = 10;

    /** The source of a key that was judged for one who did not say where it came from. */
    static final long UNKNOWN_SOURCE = -1;

    private static final VarHandle BUSY;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(WrongKeys.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final long WINDOW = TimeUnit.MINUTES.toNanos(10);
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    /** Before an IPv4 address; as IPv6 these would be addresses of groups, which send nothing. */
    private static final long IPV4 = 0xFFFF_FFFF_0000_0000L;
    /** What comes before an IPv4 address that is written as one of IPv6. */
    private static final long MAPPED = 0xFFFF;

    private final Ticker ticker;
    private boolean busy;
    private long began;
    private Table sources = new Table();
    private Table sourcesBefore = new Table();
    private Table keys = new Table();
    private Table keysBefore = new Table();

    /**
     * Something that stands out.
     *
     * @param what an address or the beginning of an IPv6 address; of a key the first 8 hexadecimal digits of its digest, to tell it
     *     from others
     * @param others how many keys it tried, or sources it came from; an estimate
     * @param times how often in all
     */
    public record Suspect(String what, int others, long times) {}

    /** How many others each was seen with; as many as there is room for. */
    private static final class Table {
        private static final int SLOTS = 1024;
        /** Places at which one can stand. */
        private static final int WAYS = 8;

        final long[] ids = new long[SLOTS];
        /** A bit for each of 64 classes of others that was seen; the share of bits tells how many there were. */
        final long[] seen = new long[SLOTS];
        /** 0: the slot is free. */
        final int[] times = new int[SLOTS];

        void note(long id, long other) {
            int first = (int) (spread(id) & SLOTS - WAYS);
            int slot = first;
            for (int i = first; i < first + WAYS; i++) {
                if (times[i] > 0 && ids[i] == id) {
                    slot = i;
                    break;
                }
                if (Long.bitCount(seen[i]) < Long.bitCount(seen[slot])) {
                    slot = i;
                }
            }
            if (ids[slot] != id || times[slot] == 0) {
                ids[slot] = id;
                seen[slot] = 0;
                times[slot] = 0;
            }
            seen[slot] |= 1L << spread(other);
            if (times[slot] < Integer.MAX_VALUE) {
                times[slot]++;
            }
        }

        void clear() {
            Arrays.fill(seen, 0);
            Arrays.fill(times, 0);
        }

        /** Finalizer of SplitMix64: each bit of the result depends on all of the number. */
        private static long spread(long number) {
            long mixed = (number ^ number >>> 30) * 0xBF58476D1CE4E5B9L;
            mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
            return mixed ^ mixed >>> 31;
        }

        /** Linear counting; with all bits set it is the most that can be told apart. */
        static int estimate(long bits) {
            int free = Math.max(1, Long.SIZE - Long.bitCount(bits));
            return (int) Math.round(Long.SIZE * Math.log((double) Long.SIZE / free));
        }
    }

    /** Creates it; nothing is noted yet. */
    WrongKeys(Ticker ticker) {
        this.ticker = ticker;
        this.began = ticker.read();
    }

    /** Returns the source of a request as a number. */
    static long source(RequestView request) {
        long slice = request.source();
        if (slice == RequestView.ABSENT) {
            return UNKNOWN_SOURCE;
        }
        byte[] bytes = request.bytes();
        int at = RequestView.offset(slice);
        return switch (RequestView.length(slice)) {
            case IPV4_BYTES -> IPV4 | Integer.toUnsignedLong((int) INT.get(bytes, at));
            case IPV6_BYTES -> {
                long first = (long) LONG.get(bytes, at);
                long last = (long) LONG.get(bytes, at + Long.BYTES);
                yield first == 0 && last >>> Integer.SIZE == MAPPED ? IPV4 | (last & 0xFFFF_FFFFL) : first;
            }
            default -> UNKNOWN_SOURCE;
        };
    }

    /** Notes that a source sent a key that is nobody's, of which this is a part of the digest. */
    void note(long source, long key) {
        if (source == UNKNOWN_SOURCE || !BUSY.compareAndSet(this, false, true)) {
            return;
        }
        try {
            turn();
            sources.note(source, key);
            keys.note(key, source);
        } finally {
            BUSY.setRelease(this, false);
        }
    }

    /** Ends the window if its time is over. */
    private void turn() {
        long now = ticker.read();
        long age = now - began;
        if (age < WINDOW) {
            return;
        }
        Table freeSources = sourcesBefore;
        Table freeKeys = keysBefore;
        sourcesBefore = sources;
        keysBefore = keys;
        sources = freeSources;
        keys = freeKeys;
        sources.clear();
        keys.clear();
        if (age >= 2 * WINDOW) {
            sourcesBefore.clear();
            keysBefore.clear();
        }
        began = now;
    }

    /** Returns the sources that tried at least {@value #MANY_KEYS} keys, those with most first. */
    public List<Suspect> sourcesOfManyKeys() {
        return suspects(true, MANY_KEYS);
    }

    /** Returns the keys that came from at least {@value #MANY_SOURCES} sources, those with most first. */
    public List<Suspect> keysFromManySources() {
        return suspects(false, MANY_SOURCES);
    }

    private List<Suspect> suspects(boolean ofSources, int many) {
        Map<Long, Suspect> found = new HashMap<>();
        // Whoever notes a key meanwhile does not wait for us; we wait for them, which takes a moment.
        while (!BUSY.compareAndSet(this, false, true)) {
            Thread.onSpinWait();
        }
        try {
            turn();
            for (Table table : ofSources ? List.of(sources, sourcesBefore) : List.of(keys, keysBefore)) {
                for (int i = 0; i < Table.SLOTS; i++) {
                    int others = Table.estimate(table.seen[i]);
                    if (table.times[i] > 0 && others >= many) {
                        Suspect suspect = new Suspect(
                                ofSources ? address(table.ids[i]) : digest(table.ids[i]), others, table.times[i]);
                        found.merge(table.ids[i], suspect, (a, b) -> a.others() >= b.others() ? a : b);
                    }
                }
            }
        } finally {
            BUSY.setRelease(this, false);
        }
        List<Suspect> sorted = new ArrayList<>(found.values());
        sorted.sort(Comparator.comparingInt(Suspect::others).reversed().thenComparing(Suspect::what));
        return sorted;
    }

    private static String digest(long id) {
        return HexFormat.of().toHexDigits((int) (id >>> Integer.SIZE));
    }

    private static String address(long source) {
        boolean ipv4 = (source & IPV4) == IPV4;
        byte[] bytes = ipv4
                ? ByteBuffer.allocate(IPV4_BYTES).putInt((int) source).array()
                : ByteBuffer.allocate(IPV6_BYTES).putLong(source).array();
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + (ipv4 ? "" : "/64");
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
