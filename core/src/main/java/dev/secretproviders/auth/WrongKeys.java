package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Counts wrong keys in a fixed amount of memory, to find sources that try many keys, and keys that come from many
 * sources. Only a part of a key's digest is kept.
 *
 * <p>An IPv6 address counts by its first 64 bits, which are one network. One customer often has 256 networks (/56) or
 * 65,536 (/48) and can spread keys over them, so these ranges count as well. But a /48 can also be the telephones of
 * one carrier, so it needs more keys for a finding. A network that is found does not count for the wider ranges around
 * it, or each finding would appear three times.
 *
 * <p>Numbers are estimates for the last ten to twenty minutes. In a flood of sources or keys, the least conspicuous
 * entries are replaced.
 *
 * <p>Thread-safe. Counting a key allocates nothing and never waits. A key that arrives while another one is counted is
 * skipped, which does not matter in a flood.
 */
public final class WrongKeys {
    /** The number of keys in ten minutes from which a source is reported. */
    public static final int MANY_KEYS = 20;

    /** The same as {@link #MANY_KEYS}, for the networks of a /56 together. */
    public static final int MANY_KEYS_OF_56 = 40;

    /** The same as {@link #MANY_KEYS}, for the networks of a /48 together. */
    public static final int MANY_KEYS_OF_48 = 80;

    /** The number of sources in ten minutes from which a key is reported. */
    public static final int MANY_SOURCES = 10;

    /** The source of a key whose origin the caller did not give. */
    public static final long UNKNOWN_SOURCE = -1;

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

    /** A random seed of the hashes. Without it, a client could choose sources that collide and count as one. */
    private static final long SEED = new SecureRandom().nextLong();

    private static final long WINDOW = TimeUnit.MINUTES.toNanos(10);
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    /** The upper bits of an IPv4 address. In IPv6 they belong to multicast addresses, which are never a source. */
    private static final long IPV4 = 0xFFFF_FFFF_0000_0000L;

    private static final long FIRST_56 = -1L << 8;
    private static final long FIRST_48 = -1L << 16;
    /** The prefix of an IPv4 address that is mapped to IPv6. */
    private static final long MAPPED = 0xFFFF;

    private final Ticker ticker;
    private boolean busy;
    private long began;
    private Window now = new Window();
    private Window before = new Window();

    /**
     * A source or key that stands out.
     *
     * @param what an address or the beginning of an IPv6 address; for a key, the first 8 hexadecimal digits of its
     *     digest
     * @param others an estimate of how many keys the source tried, or how many sources sent the key
     * @param times the total number of attempts
     */
    public record Suspect(String what, int others, long times) {}

    /** The counts of ten minutes. */
    private static final class Window {
        /** IPv4 addresses, and the first 64 bits of IPv6 addresses. */
        final Table sources = new Table(MANY_KEYS);

        final Table sources56 = new Table(MANY_KEYS_OF_56);
        final Table sources48 = new Table(MANY_KEYS_OF_48);
        final Table keys = new Table(MANY_SOURCES);

        void note(long source, long key) {
            keys.note(key, source);
            // A network that is already found does not count for the wider ranges around it.
            if (!sources.note(source, key) && !isIpv4(source) && !sources56.note(source & FIRST_56, key)) {
                boolean _ = sources48.note(source & FIRST_48, key);
            }
        }

        void clear() {
            sources.clear();
            sources56.clear();
            sources48.clear();
            keys.clear();
        }
    }

    /** For each id, an estimate of how many others it was seen with. Of fixed size. */
    private static final class Table {
        private static final int SLOTS = 1024;
        /** The number of slots that an id can take. */
        private static final int WAYS = 8;

        final long[] ids = new long[SLOTS];
        /** One bit for each of 64 classes of others that was seen. The share of set bits gives the estimate. */
        final long[] seen = new long[SLOTS];
        /** The number of attempts; 0 for a free slot. */
        final int[] times = new int[SLOTS];
        /** The number of others above which an id is an outlier. */
        final int many;

        Table(int many) {
            this.many = many;
        }

        /** Counts an attempt. Returns whether the id stands out. */
        boolean note(long id, long other) {
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
            return isOutlier(slot);
        }

        boolean isOutlier(int slot) {
            return times[slot] > 0 && estimate(seen[slot]) >= many;
        }

        void clear() {
            Arrays.fill(seen, 0);
            Arrays.fill(times, 0);
        }

        /** Finalizer of SplitMix64: each bit of the result depends on all of the number. */
        private static long spread(long number) {
            long mixed = number ^ SEED;
            mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
            mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
            return mixed ^ mixed >>> 31;
        }

        /** Estimates by linear counting. With all bits set, returns the highest possible estimate. */
        static int estimate(long bits) {
            int free = Math.max(1, Long.SIZE - Long.bitCount(bits));
            return (int) Math.round(Long.SIZE * Math.log((double) Long.SIZE / free));
        }
    }

    /** Creates empty counts. */
    WrongKeys(Ticker ticker) {
        this.ticker = ticker;
        this.began = ticker.read();
    }

    /** Returns the source of a request as a number. */
    public static long source(RequestView request) {
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

    /** Counts a key of a source that matched no credential, given by a part of its digest. */
    void note(long source, long key) {
        if (source == UNKNOWN_SOURCE || !BUSY.compareAndSet(this, false, true)) {
            return;
        }
        try {
            turn();
            now.note(source, key);
        } finally {
            BUSY.setRelease(this, false);
        }
    }

    /** Ends the window when its time is over. */
    private void turn() {
        long time = ticker.read();
        long age = time - began;
        if (age < WINDOW) {
            return;
        }
        Window free = before;
        before = now;
        now = free;
        now.clear();
        if (age >= 2 * WINDOW) {
            before.clear();
        }
        began = time;
    }

    /**
     * Returns the sources that tried at least {@value #MANY_KEYS} keys, those with the most keys first. For IPv6 it
     * also returns each /56 and /48 whose other networks tried at least {@value #MANY_KEYS_OF_56} and {@value
     * #MANY_KEYS_OF_48} keys.
     */
    public List<Suspect> sourcesOfManyKeys() {
        return suspects(found -> {
            for (Window window : List.of(now, before)) {
                collect(window.sources, source -> isIpv4(source) ? address(source) : network(source, 64), found);
                collect(window.sources56, source -> network(source, 56), found);
                collect(window.sources48, source -> network(source, 48), found);
            }
        });
    }

    /** Returns the keys that came from at least {@value #MANY_SOURCES} sources, those with the most sources first. */
    public List<Suspect> keysFromManySources() {
        return suspects(found -> {
            collect(now.keys, WrongKeys::digest, found);
            collect(before.keys, WrongKeys::digest, found);
        });
    }

    private List<Suspect> suspects(Consumer<Map<String, Suspect>> collecting) {
        Map<String, Suspect> found = new HashMap<>();
        // Waits for a thread that counts a key, which takes a moment. Counting threads never wait.
        while (!BUSY.compareAndSet(this, false, true)) {
            Thread.onSpinWait();
        }
        try {
            turn();
            collecting.accept(found);
        } finally {
            BUSY.setRelease(this, false);
        }
        List<Suspect> sorted = new ArrayList<>(found.values());
        sorted.sort(Comparator.comparingInt(Suspect::others).reversed().thenComparing(Suspect::what));
        return sorted;
    }

    private static void collect(Table table, LongFunction<String> name, Map<String, Suspect> found) {
        for (int i = 0; i < Table.SLOTS; i++) {
            if (table.isOutlier(i)) {
                Suspect suspect = new Suspect(name.apply(table.ids[i]), Table.estimate(table.seen[i]), table.times[i]);
                found.merge(suspect.what(), suspect, (a, b) -> a.others() >= b.others() ? a : b);
            }
        }
    }

    private static String digest(long id) {
        return HexFormat.of().toHexDigits((int) (id >>> Integer.SIZE));
    }

    private static boolean isIpv4(long source) {
        return (source & IPV4) == IPV4;
    }

    private static String network(long first, int bits) {
        return text(ByteBuffer.allocate(IPV6_BYTES).putLong(first).array()) + "/" + bits;
    }

    private static String address(long source) {
        return text(ByteBuffer.allocate(IPV4_BYTES).putInt((int) source).array());
    }

    private static String text(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
