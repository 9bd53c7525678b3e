package dev.secretproviders.transport.companion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.gateway.EventFollower;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.socket.SocketAccess;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The event stream as a follower sees it, and the treatment of a follower that does not read. */
final class EventStreamTest {
    private static final Duration ALIVE = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofMillis(400);
    private static final EventStream.Limits QUICK = new EventStream.Limits(ALIVE, PATIENCE, 8);
    /** Limits under which no follower is closed and only events are sent. */
    private static final EventStream.Limits PATIENT =
            new EventStream.Limits(Duration.ofMinutes(1), Duration.ofMinutes(1), 8);

    private static IndexChange change(long sequence, CredentialName... names) {
        return new IndexChange(sequence, false, Set.of(names));
    }

    private static CredentialName name(String consumer, @Nullable String credential) {
        return new CredentialName(consumer, credential, CredentialKind.KEY_AUTH);
    }

    /** Returns a change of some forty kilobytes. */
    private static IndexChange large(long sequence) {
        Set<CredentialName> names = IntStream.range(0, 800)
                .mapToObj(i -> name("consumer-of-a-large-event-" + i, "credential"))
                .collect(Collectors.toSet());
        return new IndexChange(sequence, false, names);
    }

    private static JsonNode json(String line) {
        return JsonMapper.shared().readTree(line);
    }

    @Test
    void linesAreWhatTheProtocolSays() throws IOException {
        try (TestServer server = TestServer.start(PATIENT);
                RawConnection raw = server.connect();
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            String epoch = json(raw.verdict("any".getBytes(StandardCharsets.UTF_8), TestServer.SOON))
                    .path("epoch")
                    .asString();
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"epoch\":\"" + epoch + "\",\"sequence\":0}");
            server.server().changed(change(1, name("jack", "k1")));
            assertThat(follower.readLine(TestServer.SOON))
                    .isEqualTo("{\"sequence\":1,\"forget\":[{\"consumer\":\"jack\",\"credential\":\"k1\"}]}");
            server.server().changed(change(2, name("jill", null)));
            assertThat(follower.readLine(TestServer.SOON))
                    .isEqualTo("{\"sequence\":2,\"forget\":[{\"consumer\":\"jill\"}]}");
            server.server().changed(change(3));
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":3,\"forget\":[]}");
            server.server().changed(new IndexChange(4, true, Set.of()));
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":4,\"forget\":\"all\"}");
            server.server().changed(change(5, name("a", null), name("b", null)));
            assertThat(json(follower.readLine(TestServer.SOON)).path("forget")).hasSize(2);
            assertThat(server.server().followerStats().events()).isEqualTo(4);
            assertThat(server.server().followerStats().eventsForAll()).isEqualTo(1);
        }
    }

    @Test
    void restartIsToldToFollowersAndToWhoComesLater() throws IOException {
        try (TestServer server = TestServer.start(PATIENT);
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            server.server().changed(change(1));
            assertThat(follower.readLine(TestServer.SOON)).contains("\"sequence\":1");
            server.server().announceRestart();
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":1,\"restart\":true}");
            server.server().changed(change(2));
            assertThat(follower.readLine(TestServer.SOON))
                    .as("events until the end")
                    .isEqualTo("{\"sequence\":2,\"forget\":[]}");
            try (EventFollower late = EventFollower.open(server.eventSocket())) {
                assertThat(late.readLine(TestServer.SOON)).contains("epoch");
                assertThat(late.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":2,\"restart\":true}");
            }
        }
    }

    @Test
    void restartThatFailedIsTakenBack() throws IOException {
        try (TestServer server = TestServer.start(PATIENT);
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            server.server().cancelRestart();
            server.server().announceRestart();
            assertThat(follower.readLine(TestServer.SOON))
                    .as("nothing was said before")
                    .isEqualTo("{\"sequence\":0,\"restart\":true}");
            server.server().cancelRestart();
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":0,\"restart\":false}");
            try (EventFollower late = EventFollower.open(server.eventSocket())) {
                assertThat(late.readLine(TestServer.SOON)).contains("epoch");
                server.server().changed(change(1));
                assertThat(late.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":1,\"forget\":[]}");
            }
        }
    }

    @Test
    void orderedStopIsTold() throws IOException {
        TestServer server = TestServer.start(PATIENT);
        try (EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            server.close();
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":0,\"restart\":true}");
            assertThatThrownBy(() -> follower.readLine(TestServer.SOON)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void whoComesLaterStartsFromTheNumberThatItIsTold() throws IOException {
        try (TestServer server = TestServer.start(PATIENT)) {
            server.server().changed(change(1));
            server.server().changed(change(2));
            Awaitility.await().until(() -> server.server().followerStats().events() == 2);
            try (EventFollower follower = EventFollower.open(server.eventSocket())) {
                assertThat(json(follower.readLine(TestServer.SOON))
                                .path("sequence")
                                .asLong())
                        .isEqualTo(2);
                server.server().changed(change(3));
                assertThat(follower.readLine(TestServer.SOON)).contains("\"sequence\":3");
            }
        }
    }

    @Test
    void changeThatWasNotHeardOfEndsAllVerdicts() throws IOException {
        try (TestServer server = TestServer.start(PATIENT);
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            server.server().changed(change(5, name("jack", null)));
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":5,\"forget\":\"all\"}");
        }
    }

    @Test
    void aliveIsHeardWhileNothingHappens() throws IOException {
        try (TestServer server = TestServer.start(QUICK);
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            for (int i = 0; i < 3; i++) {
                assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":0}");
            }
            server.server().changed(change(1));
            assertThat(follower.readEvent(TestServer.SOON)).contains("\"sequence\":1");
            assertThat(follower.readLine(TestServer.SOON)).isEqualTo("{\"sequence\":1}");
        }
    }

    @Test
    void followerThatSendsAnythingIsClosed() throws IOException {
        try (TestServer server = TestServer.start(PATIENT);
                EventFollower good = EventFollower.open(server.eventSocket());
                EventFollower bad = EventFollower.open(server.eventSocket())) {
            assertThat(good.readLine(TestServer.SOON)).contains("epoch");
            bad.send((byte) '\n');
            assertThat(bad.awaitClosed(TestServer.SOON)).isTrue();
            assertThat(server.server().followerStats().followersTalking()).isEqualTo(1);
            server.server().changed(change(1));
            assertThat(good.readLine(TestServer.SOON)).contains("\"sequence\":1");
        }
    }

    @Test
    void moreFollowersThanThereMayBeAreTurnedAway() throws IOException {
        List<EventFollower> followers = new ArrayList<>();
        try (TestServer server = TestServer.start(PATIENT)) {
            try {
                for (int i = 0; i < PATIENT.followers(); i++) {
                    EventFollower follower = EventFollower.open(server.eventSocket());
                    followers.add(follower);
                    assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
                }
                try (EventFollower oneTooMany = EventFollower.open(server.eventSocket())) {
                    assertThatThrownBy(() -> oneTooMany.readLine(TestServer.SOON))
                            .isInstanceOf(EOFException.class);
                }
                assertThat(server.server().followerStats().followers()).isEqualTo(PATIENT.followers());
                assertThat(server.server().followerStats().followersTurnedAway())
                        .isEqualTo(1);
                followers.removeLast().close();
                Awaitility.await().until(() -> server.server().followerStats().followers() == PATIENT.followers() - 1);
                EventFollower next = EventFollower.open(server.eventSocket());
                followers.add(next);
                assertThat(next.readLine(TestServer.SOON)).contains("epoch");
            } finally {
                for (EventFollower follower : followers) {
                    follower.close();
                }
            }
        }
    }

    /** A slow follower uses the kernel's buffer and one line at most, and is then told to forget all verdicts. */
    @Test
    void followerThatReadsAgainIsToldThatAllVerdictsEnd() throws IOException {
        int changes = 400;
        try (TestServer server = TestServer.start(PATIENT);
                EventFollower slow = EventFollower.open(server.eventSocket());
                EventFollower quick = EventFollower.open(server.eventSocket())) {
            assertThat(quick.readLine(TestServer.SOON)).contains("epoch");
            for (int i = 1; i <= changes; i++) {
                server.server().changed(large(i));
                assertThat(json(quick.readLine(TestServer.SOON)).path("forget"))
                        .as("change " + i)
                        .hasSize(800);
            }
            assertThat(json(slow.readLine(TestServer.SOON)).path("sequence").asLong())
                    .isZero();
            long seen = 0;
            JsonNode line = json(slow.readLine(TestServer.SOON));
            while (!line.path("forget").isString()) {
                assertThat(line.path("sequence").asLong()).isEqualTo(++seen);
                line = json(slow.readLine(TestServer.SOON));
            }
            assertThat(seen).as("what fitted into buffers").isLessThan(changes / 4);
            assertThat(line.path("sequence").asLong()).isEqualTo(changes);
            assertThat(server.server().followerStats().followersLagged()).isEqualTo(1);
            server.server().changed(change(changes + 1L));
            assertThat(slow.readLine(TestServer.SOON)).contains("\"sequence\":" + (changes + 1));
        }
    }

    @Test
    void followerThatDoesNotReadIsClosedAfterAWhileAndOthersHearOn() throws IOException {
        try (TestServer server = TestServer.start(QUICK);
                EventFollower deaf = EventFollower.open(server.eventSocket());
                EventFollower good = EventFollower.open(server.eventSocket())) {
            assertThat(good.readLine(TestServer.SOON)).contains("epoch");
            for (int i = 1; i <= 40; i++) {
                server.server().changed(large(i));
                assertThat(good.readEvent(TestServer.SOON)).contains("\"sequence\":" + i);
            }
            Awaitility.await().until(() -> server.server().followerStats().followersTooSlow() == 1);
            Awaitility.await().until(() -> server.server().followerStats().followers() == 1);
            assertThat(deaf.awaitClosed(TestServer.SOON)).isTrue();
            server.server().changed(change(41));
            assertThat(good.readEvent(TestServer.SOON)).contains("\"sequence\":41");
        }
    }

    /** Too many waiting changes become one that ends all verdicts, so no follower misses a change silently. */
    @Test
    void burstOfChangesIsHeardWithoutAGapOrAsTheEndOfAll() throws IOException {
        int changes = 5_000;
        try (TestServer server = TestServer.start(PATIENT);
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            Thread burst = Thread.ofPlatform().start(() -> {
                for (int i = 1; i <= changes; i++) {
                    server.server().changed(change(i, name("c" + i, null)));
                }
            });
            long known = 0;
            while (known < changes) {
                JsonNode event = json(follower.readLine(TestServer.SOON));
                long number = event.path("sequence").asLong();
                if (event.path("forget").isString()) {
                    assertThat(number).isGreaterThanOrEqualTo(known);
                } else {
                    assertThat(number).isEqualTo(known + 1);
                    assertThat(event.path("forget").path(0).path("consumer").asString())
                            .isEqualTo("c" + number);
                }
                known = number;
            }
            joined(burst);
        }
    }

    private static void joined(Thread thread) {
        try {
            assertThat(thread.join(TestServer.SOON)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void socketHasTheSamePermissionsAndIsGoneAfterTheStop() throws IOException {
        SocketAccess access = new SocketAccess(null, null, "0600");
        try (TestServer server = TestServer.start(options -> options.withAccess(access))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.eventSocket())))
                    .isEqualTo("rw-------");
            try (EventFollower follower = EventFollower.open(server.eventSocket())) {
                assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
                server.server().stop(Duration.ofSeconds(1));
                assertThat(follower.awaitClosed(TestServer.SOON)).isTrue();
            }
            assertThat(server.eventSocket()).doesNotExist();
        }
    }

    @Test
    void fileThatADeadRunnerLeftIsReplaced() throws IOException {
        try (TestServer server = TestServer.start(TestServer::withStaleEventSocket);
                EventFollower follower = EventFollower.open(server.eventSocket())) {
            assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
        }
    }

    /** Requests do not depend on the event socket, and the server retries until it can create the socket. */
    @Test
    void requestsAreServedWhileTheEventSocketCannotBeMade() throws IOException {
        try (TestServer server = TestServer.start(TestServer::withFileInPlaceOfTheEventSocket);
                RawConnection raw = server.connect()) {
            assertThat(raw.verdict("key-1".getBytes(StandardCharsets.UTF_8), TestServer.SOON))
                    .contains("accepted");
            assertThat(server.server().eventProblem()).contains("exists and is no socket");

            Files.delete(server.eventSocket());
            Awaitility.await().until(() -> server.server().eventProblem() == null);
            try (EventFollower follower = EventFollower.open(server.eventSocket())) {
                assertThat(follower.readLine(TestServer.SOON)).contains("epoch");
            }
        }
    }

    @Test
    void manyFollowersHearTheSame() throws IOException {
        List<EventFollower> followers = new ArrayList<>();
        try (TestServer server = TestServer.start(PATIENT)) {
            for (int i = 0; i < PATIENT.followers(); i++) {
                followers.add(EventFollower.open(server.eventSocket()));
            }
            Set<String> heard = new HashSet<>();
            for (EventFollower follower : followers) {
                heard.add(follower.readLine(TestServer.SOON));
            }
            server.server().changed(large(1));
            for (EventFollower follower : followers) {
                heard.add(follower.readLine(TestServer.SOON));
            }
            assertThat(heard).hasSize(2);
        } finally {
            for (EventFollower follower : followers) {
                follower.close();
            }
        }
    }
}
