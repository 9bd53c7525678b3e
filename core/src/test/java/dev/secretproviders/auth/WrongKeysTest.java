package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.secretproviders.auth.WrongKeys.Suspect;
import dev.secretproviders.auth.key.KeyAuthenticator;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.spi.ProviderException.Kind;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients with wrong keys stand out, in a fixed amount of memory, and clients with a good key do not. */
class WrongKeysTest {
    private static final InetAddress GUESSER = InetAddress.ofLiteral("192.0.2.66");

    private final DirectoryFixture it = new DirectoryFixture();
    private final AtomicLong now = new AtomicLong();
    private final WrongKeys noted = new WrongKeys(now::get);

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private static void present(KeyAuthenticator route, InetAddress from, String key) {
        Decision _ = route.decide(new ListedRequest().header("apikey", key).from(from));
    }

    private KeyAuthenticator routeWithJack() {
        it.consumer("jack", it.literal(null, "good-key")).publish();
        return it.route("{}");
    }

    @Test
    void sourceThatTriesManyKeysIsNamed() {
        KeyAuthenticator route = routeWithJack();
        for (int i = 0; i < 40; i++) {
            present(route, GUESSER, "guess-" + i);
        }
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys()).singleElement().satisfies(suspect -> {
            assertThat(suspect.what()).isEqualTo("192.0.2.66");
            assertThat(suspect.others()).isBetween(25, 60);
            assertThat(suspect.times()).isEqualTo(40);
        });
        assertThat(it.directory.wrongKeys().keysFromManySources()).isEmpty();
    }

    @Test
    void keyThatComesFromManySourcesIsToldByItsDigest() {
        KeyAuthenticator route = routeWithJack();
        for (int i = 0; i < 30; i++) {
            present(route, InetAddress.ofLiteral("198.51.100." + i), "old-key");
        }
        String digest =
                "%016x".formatted(it.secrets.digester.digestOf("old-key".getBytes(StandardCharsets.UTF_8), 0, 7)[0]);
        assertThat(it.directory.wrongKeys().keysFromManySources())
                .singleElement()
                .satisfies(suspect -> {
                    assertThat(suspect.what()).hasSize(8).isEqualTo(digest.substring(0, 8));
                    assertThat(suspect.others()).isBetween(18, 45);
                });
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys()).isEmpty();
    }

    /** The sources collide under the finalizer of SplitMix64, which a client can compute. */
    @Test
    void sourcesThatAreChosenToLookLikeOneCountAsMany() {
        KeyAuthenticator route = routeWithJack();
        for (long network = 0x2001_0db8_0000_0000L, chosen = 0; chosen < 60; network++) {
            long mixed = (network ^ network >>> 30) * 0xBF58476D1CE4E5B9L;
            mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
            if (((mixed ^ mixed >>> 31) & Long.SIZE - 1) == 0) {
                String address = "2001:db8:%x:%x::1".formatted(network >>> 16 & 0xffff, network & 0xffff);
                present(route, InetAddress.ofLiteral(address), "old-key");
                chosen++;
            }
        }
        assertThat(it.directory.wrongKeys().keysFromManySources()).hasSize(1);
    }

    @Test
    void neitherGoodKeysNorAWrongOneRepeatedNorAFewStandOut() {
        KeyAuthenticator route = routeWithJack();
        for (int i = 0; i < 500; i++) {
            present(route, GUESSER, "good-key");
            present(route, GUESSER, "mistyped");
            present(route, InetAddress.ofLiteral("203.0.113." + i % 256), "good-key");
            present(route, InetAddress.ofLiteral("203.0.113." + i % 256), "mine-" + i % 256);
        }
        for (int i = 0; i < WrongKeys.MANY_KEYS / 2; i++) {
            present(route, GUESSER, "forgotten-" + i);
        }
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys()).isEmpty();
        assertThat(it.directory.wrongKeys().keysFromManySources()).isEmpty();
    }

    /** The key may be good. */
    @Test
    void keyThatCannotBeDecidedIsNotCalledWrong() {
        it.secrets.provider.fail("late", Kind.UNAVAILABLE);
        it.consumer("late", it.referenced(null, "late/key")).publish();
        KeyAuthenticator route = it.route("{}");
        for (int i = 0; i < 100; i++) {
            present(route, GUESSER, "guess-" + i);
        }
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys()).isEmpty();
    }

    /** The companion does not send the client's address, and the requests of one worker come from many clients. */
    @Test
    void verdictCallsHaveNoSource() {
        KeyAuthenticator _ = routeWithJack();
        KeyVerdicts verdicts = it.verdicts(UnresolvedAnswer.UNAVAILABLE);
        for (int i = 0; i < 100; i++) {
            byte[] key = ("guess-" + i).getBytes(StandardCharsets.UTF_8);
            assertThat(verdicts.of(key, key.length)).isInstanceOf(Verdict.Refused.class);
        }
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys()).isEmpty();
    }

    @Test
    void addressOfIpv6CountsByItsFirst64BitsAndAMappedOneIsIpv4() {
        KeyAuthenticator route = routeWithJack();
        for (int i = 0; i < 100; i++) {
            present(route, InetAddress.ofLiteral("2001:db8:0:7::" + Integer.toHexString(i)), "guess-" + i);
        }
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys())
                .extracting(Suspect::what)
                .containsExactly("2001:db8:0:7:0:0:0:0/64");
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 127;
        mapped[15] = 1;
        ListedRequest request = new ListedRequest() {
            @Override
            public byte[] bytes() {
                return mapped;
            }

            @Override
            public long source() {
                return RequestView.slice(0, mapped.length);
            }
        };
        assertThat(WrongKeys.source(request))
                .isEqualTo(WrongKeys.source(new ListedRequest().from(InetAddress.ofLiteral("127.0.0.1"))));
        assertThat(WrongKeys.source(new ListedRequest())).isEqualTo(WrongKeys.UNKNOWN_SOURCE);
    }

    /** One customer has many networks of 64 bits, each of which sends few keys. */
    @ParameterizedTest
    @CsvSource({"8, 100, /56", "65536, 400, /48"})
    void sourceThatSpreadsItsKeysOverItsNetworksIsNamed(int networks, int keys, String prefix) {
        KeyAuthenticator route = routeWithJack();
        for (int i = 0; i < keys; i++) {
            String network = Integer.toHexString((int) ((long) i * networks / keys));
            present(route, InetAddress.ofLiteral("2001:db8:5:" + network + "::1"), "guess-" + i);
        }
        assertThat(it.directory.wrongKeys().sourcesOfManyKeys())
                .extracting(Suspect::what)
                .contains("2001:db8:5:0:0:0:0:0" + prefix);
        assertThat(it.directory.wrongKeys().keysFromManySources()).isEmpty();
    }

    @Test
    void networkThatStandsOutIsNamedOnceAndNotAgainWithWhatIsAroundIt() {
        for (int i = 0; i < 500; i++) {
            noted.note(network("2001:db8:5:7::"), i);
        }
        assertThat(noted.sourcesOfManyKeys()).extracting(Suspect::what).containsExactly("2001:db8:5:7:0:0:0:0/64");
        for (int i = 0; i < 500; i++) {
            noted.note(network("2001:db8:6:0::") + i % 256, 10_000 + i);
        }
        assertThat(noted.sourcesOfManyKeys())
                .extracting(Suspect::what)
                .containsExactlyInAnyOrder("2001:db8:5:7:0:0:0:0/64", "2001:db8:6:0:0:0:0:0/56");
    }

    /** Covers telephones of one carrier, offices behind one address, and a household with several wrong keys. */
    @Test
    void ordinaryClientsWithSomeWrongKeysDoNotStandOut() {
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 50; i++) {
                noted.note(network("2001:db8:7::") + i * 256L, i);
                noted.note(network("2001:db8:8::") + i % 5, 1_000 + i % 25);
                noted.note(network("2001:db8:9::") + i * 65_536L, 2_000 + i);
                noted.note(
                        WrongKeys.source(new ListedRequest().from(InetAddress.ofLiteral("198.51.100." + i))),
                        3_000 + i);
            }
        }
        assertThat(noted.sourcesOfManyKeys()).isEmpty();
        assertThat(noted.keysFromManySources()).isEmpty();
    }

    private static long network(String address) {
        return ByteBuffer.wrap(InetAddress.ofLiteral(address).getAddress()).getLong();
    }

    @Test
    void whatStandsOutIsStillSeenInAFloodOfOtherSourcesAndKeys() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 200_000; i++) {
            noted.note(random.nextLong(), random.nextLong());
            if (i % 100 == 0) {
                noted.note(4711, random.nextLong());
                noted.note(random.nextLong(), 815);
            }
        }
        assertThat(noted.sourcesOfManyKeys()).hasSize(1);
        assertThat(noted.keysFromManySources()).extracting(Suspect::what).containsExactly("00000000");
    }

    @Test
    void whatIsLongAgoIsForgotten() {
        for (int i = 0; i < 100; i++) {
            noted.note(1, i);
        }
        now.addAndGet(Duration.ofMinutes(11).toNanos());
        assertThat(noted.sourcesOfManyKeys()).hasSize(1);
        now.addAndGet(Duration.ofMinutes(11).toNanos());
        assertThat(noted.sourcesOfManyKeys()).isEmpty();

        for (int i = 0; i < 100; i++) {
            noted.note(1, i);
        }
        now.addAndGet(Duration.ofHours(9).toNanos());
        assertThat(noted.sourcesOfManyKeys()).isEmpty();
    }

    @Test
    void keysAreNotedByManyThreadsAndReadMeanwhile() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 100_000; i++) {
                    noted.note(7, ThreadLocalRandom.current().nextLong());
                }
            }));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(noted.sourcesOfManyKeys()).hasSizeLessThanOrEqualTo(1);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(noted.sourcesOfManyKeys())
                .singleElement()
                .satisfies(suspect -> assertThat(suspect.others()).isGreaterThan(200));
    }

    @Test
    void toNoteAKeyMakesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 50_000; i++) {
            noted.note(i, 2L * i);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 50_000; i++) {
            noted.note(i, 3L * i);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(50_000);
    }
}
