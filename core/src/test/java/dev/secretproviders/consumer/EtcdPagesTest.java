package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.secretproviders.peers.Etcd;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response;
import io.etcd.jetcd.kv.GetResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads with small pages from a real etcd. */
final class EtcdPagesTest {
    private static final String ROOT_TEXT = "/apisix/consumers/";
    private static final ByteSequence ROOT = ByteSequence.from(ROOT_TEXT, StandardCharsets.UTF_8);
    private static final EtcdPages.Sizes SMALL = new EtcdPages.Sizes(10, 40, 1 << 20);

    private static Etcd etcd;
    private static Client client;

    private long counted;
    private int questions;

    @BeforeAll
    static void start() {
        etcd = Etcd.start();
        client = Client.builder().endpoints(etcd.endpoint()).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        etcd.close();
    }

    @BeforeEach
    void others() {
        etcd.put("/apisix/consumer", "before");
        etcd.put("/apisix/consumers0", "after");
    }

    @AfterEach
    void clear() {
        etcd.deletePrefix("/apisix/");
    }

    /** A way to name consumers. */
    record Naming(String name, IntFunction<String> nameOf) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Naming> namings() {
        Random random = new Random(7);
        return Stream.of(
                new Naming("numbers with zeros in front", "user-%07d"::formatted),
                new Naming("numbers", "user%d"::formatted),
                new Naming("a little more than a page in each range", i -> "u%02d-%02d".formatted(i / 45, i % 45)),
                new Naming("random", _ -> new UUID(random.nextLong(), random.nextLong()).toString()),
                new Naming("groups", i -> "group-%02d/credentials/%d".formatted(i / 100, i)),
                new Naming(
                        "one large group among many small ones", i -> i % 3 == 0 ? "a" + i : "zz-long-beginning-" + i),
                new Naming("beginnings of others", "x"::repeat),
                new Naming("other letters", i -> Character.toString(0x00e0 + i % 500) + i));
    }

    @ParameterizedTest
    @MethodSource("namings")
    void eachKeyIsReadOnceInOrderAndCountedFewTimes(Naming naming) throws Exception {
        int keys = naming.name().startsWith("beginnings") ? 200 : 1_000;
        List<String> written = IntStream.rangeClosed(1, keys)
                .mapToObj(i -> ROOT_TEXT + naming.nameOf().apply(i))
                .toList();
        written.forEach(key -> etcd.put(key, "{}"));

        List<String> read = new ArrayList<>();
        long revision = pages(SMALL)
                .read(pair -> read.add(pair.getKey().toString(StandardCharsets.UTF_8)))
                .getRevision();

        assertThat(read)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(written)
                .isSortedAccordingTo((one, other) -> Arrays.compareUnsigned(
                        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)));
        assertThat(revision).isEqualTo(etcd.revision());
        // With whole pages of the whole directory, each key would be counted thirteen times.
        assertThat(counted).isLessThan(8L * keys);
        assertThat(questions).isLessThan(keys / 3);
    }

    @Test
    void whatChangesMeanwhileIsNotSeen() throws Exception {
        for (int i = 0; i < 100; i++) {
            etcd.put(ROOT_TEXT + "user-%03d".formatted(i), "early");
        }
        long before = etcd.revision();

        List<String> read = new ArrayList<>();
        Response.Header header = pages(SMALL).read(pair -> {
            if (read.isEmpty()) {
                etcd.put(ROOT_TEXT + "user-050", "late");
                etcd.put(ROOT_TEXT + "user-0505", "late");
                etcd.delete(ROOT_TEXT + "user-060");
            }
            read.add(pair.getValue().toString(StandardCharsets.UTF_8));
        });

        assertThat(read).hasSize(100).containsOnly("early");
        assertThat(header.getRevision()).isEqualTo(before);
    }

    @Test
    void compactionMeanwhileIsAFailure() {
        for (int i = 0; i < 200; i++) {
            etcd.put(ROOT_TEXT + "user-%03d".formatted(i), "early");
        }

        assertThatThrownBy(() -> pages(SMALL).read(pair -> etcd.compact(etcd.put(ROOT_TEXT + "user-000", "late"))))
                .isInstanceOf(ConsumerSourceException.class)
                .hasMessageContaining("compacted");
    }

    @Test
    void pageHasAboutAsManyBytesAsItShould() throws Exception {
        for (int i = 0; i < 60; i++) {
            etcd.put(ROOT_TEXT + "user-%03d".formatted(i), "x".repeat(10_000));
        }

        pages(new EtcdPages.Sizes(2, 1_000, 100_000)).read(_ -> {});

        assertThat(questions).isBetween(6, 30);
    }

    private EtcdPages pages(EtcdPages.Sizes sizes) {
        return new EtcdPages(client, this::await, ROOT, sizes);
    }

    private GetResponse await(CompletableFuture<GetResponse> question)
            throws ConsumerSourceException, InterruptedException {
        try {
            GetResponse answer = question.get();
            questions++;
            counted += answer.getCount();
            return answer;
        } catch (ExecutionException e) {
            throw new ConsumerSourceException(String.valueOf(e.getMessage()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 7})
    void sizeOfAPageIsEstimatedAlsoIfSmallAndLargeKeysTakeTurns(int turn) {
        List<KeyValue> pairs = IntStream.range(0, 4_000)
                .mapToObj(i -> pair(i % turn == 0 ? 10_000 : 100))
                .toList();
        long exact = pairs.stream()
                .mapToLong(pair -> pair.getKey().size() + pair.getValue().size() + 48L)
                .sum();

        assertThat(EtcdPages.bytes(pairs)).isCloseTo(exact, Percentage.withPercentage(5));
    }

    private static KeyValue pair(int bytes) {
        return new KeyValue(
                io.etcd.jetcd.api.KeyValue.newBuilder()
                        .setKey(ByteString.copyFromUtf8("key"))
                        .setValue(ByteString.copyFrom(new byte[bytes]))
                        .build(),
                ByteSequence.EMPTY);
    }
}
