package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.validity.Validity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys by digest, changed one by one during concurrent reads. */
class KeyTableTest {
    private static final Identity SOMEBODY = new Identity(new Consumer("jack", null, List.of()), null);

    /** Returns a digest with one of a few starting slots, so that nearly all collide. */
    private static KeyDigest digest(int number) {
        return KeyDigest.ofBytes(ByteBuffer.allocate(32)
                .putInt(0, Integer.reverseBytes(number % 7))
                .putInt(28, number)
                .array());
    }

    private static long[] longs(KeyDigest digest) {
        ByteBuffer bytes = ByteBuffer.wrap(digest.toBytes()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        return new long[] {bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong()};
    }

    private static KeyClaim claim(int number) {
        return KeyClaim.of(digest(number), SOMEBODY, null, false, Validity.UNLIMITED);
    }

    @Property(tries = 200)
    void isAMap(@ForAll @IntRange(max = 40) int expected, @ForAll Random random) {
        KeyTable table = new KeyTable(expected);
        Map<Integer, KeyClaim> model = new HashMap<>();
        for (int i = 0; i < 600; i++) {
            int number = random.nextInt(60);
            if (random.nextInt(3) > 0) {
                KeyClaim claim = claim(number);
                table.put(claim);
                model.put(number, claim);
            } else {
                table.remove(digest(number));
                model.remove(number);
            }
        }
        assertThat(table.size()).isEqualTo(model.size());
        for (int number = 0; number < 60; number++) {
            KeyDigest digest = digest(number);
            assertThat(table.find(longs(digest))).isSameAs(model.get(number));
            assertThat(table.get(digest)).isSameAs(model.get(number));
        }
    }

    private static final KeyDigester DIGESTER = new KeyDigester();

    private static byte[] name(int number) {
        return ("consumer-" + number).getBytes(StandardCharsets.UTF_8);
    }

    private static ProvableClaim named(int number) {
        return new ProvableClaim(
                DIGESTER.nameToKeep(Secret.owning(name(number))),
                SOMEBODY,
                null,
                false,
                new ProvableClaim.Proofs(List.of(), false),
                Validity.UNLIMITED);
    }

    private static @Nullable KeyClaim found(KeyTable table, int number) {
        byte[] name = name(number);
        return table.byPrint()
                ? table.findName(DIGESTER.printOf(name, 0, name.length))
                : table.find(DIGESTER.digestOf(name, 0, name.length));
    }

    @Property(tries = 100)
    void isAMapOfNames(@ForAll @IntRange(max = 40) int expected, @ForAll Random random) {
        KeyTable table = KeyTable.ofNames(expected);
        Map<Integer, KeyClaim> model = new HashMap<>();
        int changesByPrint = random.nextInt(600);
        for (int i = 0; i < 600; i++) {
            if (i == changesByPrint) {
                table = table.byDigest();
            }
            int number = random.nextInt(60);
            KeyClaim claim = named(number);
            if (random.nextInt(3) > 0) {
                table.put(claim);
                model.put(number, claim);
            } else {
                table.remove(claim.digest);
                model.remove(number);
            }
        }
        assertThat(table.size()).isEqualTo(model.size());
        for (int number = 0; number < 60; number++) {
            assertThat(found(table, number)).isSameAs(model.get(number));
            assertThat(table.get(named(number).digest)).isSameAs(model.get(number));
        }
    }

    @Test
    void nameIsKnownByADigestWithoutItsPrint() {
        KeyTable table = KeyTable.ofNames(0);
        for (int number = 0; number < 30; number++) {
            table.put(named(number));
        }
        byte[] name = name(7);

        assertThat(table.get(DIGESTER.digest(name, 0, name.length))).isSameAs(found(table, 7));
        assertThat(table.get(digest(7))).isNull();
    }

    @Test
    @Timeout(30)
    void whatStaysIsFoundWhileOthersComeAndGo() throws Exception {
        KeyTable table = new KeyTable(0);
        int staying = 50;
        for (int number = 0; number < staying; number++) {
            table.put(claim(number));
        }
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> missed = List.of(
                    readers.submit(() -> misses(table, staying, stop)),
                    readers.submit(() -> misses(table, staying, stop)));
            for (int round = 0; round < 2_000; round++) {
                for (int number = staying; number < staying + 100; number++) {
                    table.put(claim(number));
                }
                table.put(claim(round % staying));
                for (int number = staying; number < staying + 100; number++) {
                    table.remove(digest(number));
                }
            }
            stop.set(true);
            for (Future<Integer> each : missed) {
                assertThat(each.get()).isZero();
            }
        }
        assertThat(table.size()).isEqualTo(staying);
    }

    private static int misses(KeyTable table, int staying, AtomicBoolean stop) {
        int misses = 0;
        while (!stop.get()) {
            for (int number = 0; number < staying; number++) {
                if (table.find(longs(digest(number))) == null) {
                    misses++;
                }
            }
        }
        return misses;
    }
}
