package dev.secretproviders.app.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two sides of a takeover: who may take over, and what happens if it fails on the way. */
final class TakeoverSocketTest {
    private static final Path SOCKET = Path.of("/run/runner.sock");
    private static final UseMarks USES =
            new UseMarks(new CredentialName("jack", "k1", CredentialKind.JWT_AUTH), 7, -1, 6, 5, 4);

    @TempDir
    private Path directory;

    private final Sealer sealer = sealer();
    private final OldRunner old = new OldRunner();
    private volatile boolean storeIsOpen = true;
    private @Nullable TakeoverSocket socket;

    private static Sealer sealer() {
        return new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)));
    }

    /** Notes what is done to it. */
    private static final class OldRunner implements HandedOver {
        final List<String> done = new CopyOnWriteArrayList<>();
        volatile @Nullable String obstacle;
        volatile boolean replaced;
        volatile boolean failing;
        volatile boolean passing;
        volatile List<UseMarks> uses = List.of(USES);

        @Override
        public @Nullable String obstacle() {
            return obstacle;
        }

        @Override
        public Path socket() {
            return SOCKET;
        }

        @Override
        public Secret digestKey() {
            return Secret.owning(new byte[] {1, 2, 3});
        }

        @Override
        public void passPorts() {
            passing = true;
        }

        @Override
        public void keepPorts() {
            passing = false;
        }

        @Override
        public int release() {
            done.add("release");
            return 7;
        }

        @Override
        public void reclaim() {
            done.add("reclaim");
        }

        @Override
        public byte[] announce() {
            done.add("announce");
            return new byte[] {5};
        }

        @Override
        public boolean replaced() {
            return replaced;
        }

        @Override
        public List<UseMarks> end() {
            done.add("end");
            if (failing) {
                throw new IllegalStateException("it cannot end");
            }
            return uses;
        }

        @Override
        public void exit() {
            done.add("exit");
        }

        void awaitDone(String... steps) {
            Awaitility.await().untilAsserted(() -> assertThat(done).containsExactly(steps));
        }
    }

    @BeforeAll
    static void loadTheModule() {
        FipsModule.load();
    }

    @BeforeEach
    void open() {
        socket = TakeoverSocket.open(directory, () -> storeIsOpen ? sealer : null, old);
    }

    @AfterEach
    void close() {
        if (socket != null) {
            socket.close();
        }
    }

    private TakeoverCall call(Sealer with) throws IOException {
        return Objects.requireNonNull(TakeoverCall.open(directory, with));
    }

    @Test
    void newRunnerGetsTheStoreThenTheNameOfTheSocketAndTheOldOneEnds() throws Exception {
        try (TakeoverCall call = call(sealer)) {
            try (Secret key = call.hello(SOCKET)) {
                assertThat(key.use(byte[]::clone)).containsExactly(1, 2, 3);
            }
            assertThat(call.release()).isEqualTo(7);
            assertThat(call.taking()).containsExactly(5);
            assertThat(call.taken()).containsExactly(USES);
        }
        old.awaitDone("release", "announce", "end", "exit");
    }

    @Test
    void onlyTheOwnerCanConnect() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("takeover.sock"))))
                .isEqualTo("rw-------");
        assertThat(directory.resolve(".takeover")).doesNotExist();
    }

    @Test
    void anotherKeyringIsRefusedAndNothingHappens() throws Exception {
        try (TakeoverCall call = call(sealer())) {
            assertThatThrownBy(() -> call.hello(SOCKET))
                    .isInstanceOf(TakeoverException.class)
                    .hasMessageContaining("another keyring");
        }
        assertThat(old.done).isEmpty();
    }

    @Test
    void runnerOfAnotherSocketIsRefused() throws Exception {
        try (TakeoverCall call = call(sealer)) {
            assertThatThrownBy(() -> call.hello(Path.of("/run/another.sock")))
                    .isInstanceOf(TakeoverException.class)
                    .hasMessageContaining("serves another socket, " + SOCKET);
        }
        assertThat(old.done).isEmpty();
    }

    @Test
    void obstacleIsTold() throws Exception {
        old.obstacle = "a drill is under way";
        try (TakeoverCall call = call(sealer)) {
            assertThatThrownBy(() -> call.hello(SOCKET))
                    .isInstanceOf(TakeoverException.class)
                    .hasMessageContaining("a drill is under way");
        }
    }

    @Test
    void obstacleThatCameUpWhileTheConsumersWereReadIsToldAndNothingHappens() throws Exception {
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            old.obstacle = "a backup is under way";
            assertThatThrownBy(call::release)
                    .isInstanceOf(TakeoverException.class)
                    .hasMessageContaining("a backup is under way")
                    .matches(e -> !TakeoverCall.mayHaveEnded((TakeoverException) e));
        }
        assertThat(old.done).isEmpty();
        Awaitility.await().until(() -> !old.passing);
    }

    @Test
    void runnerWhoseStoreIsNotOpenSaysSo() throws Exception {
        storeIsOpen = false;
        try (TakeoverCall call = call(sealer)) {
            assertThatThrownBy(() -> call.hello(SOCKET))
                    .isInstanceOf(TakeoverException.class)
                    .hasMessageContaining("cannot reach its store");
        }
    }

    @Test
    void secondTakeoverAtTheSameTimeSaysWhyItFails() throws Exception {
        try (TakeoverCall first = call(sealer);
                Secret _ = first.hello(SOCKET);
                TakeoverCall second = call(sealer)) {
            assertThatThrownBy(second::greet)
                    .isInstanceOf(TakeoverException.class)
                    .hasMessage("the other runner did not answer within 5 s; another takeover may be under way");
        }
    }

    @Test
    void anotherVersionIsRefused() throws Exception {
        try (SocketChannel channel =
                SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("takeover.sock")))) {
            channel.write(ByteBuffer.allocate(8).putInt(0x53505431).putInt(99).flip());
            ByteBuffer answer = ByteBuffer.allocate(100);
            while (channel.read(answer) >= 0) {
                // Until the old runner leaves.
            }
            assertThat(answer.position()).as("its own version, and no more").isEqualTo(8);
        }
        assertThat(old.done).isEmpty();
    }

    @Test
    void newRunnerThatLeavesBeforeItAsksForTheStoreChangesNothing() throws Exception {
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(old.done).isEmpty();
            assertThat(old.passing).isTrue();
        }
        Awaitility.await().until(() -> !old.passing);
        try (TakeoverCall next = call(sealer);
                Secret _ = next.hello(SOCKET)) {
            assertThat(old.done).isEmpty();
        }
    }

    @Test
    void storeIsReclaimedIfTheNewRunnerFailsBeforeItHasTheSocket() throws Exception {
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
        }
        old.awaitDone("release", "reclaim");
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).as("another try").isEqualTo(7);
            assertThat(call.taking()).isNotEmpty();
        }
        old.awaitDone("release", "reclaim", "release", "announce", "reclaim");
    }

    @Test
    void oldRunnerEndsIfTheNewOneFailsWithTheSocketInItsHands() throws Exception {
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
            assertThat(call.taking()).isNotEmpty();
            old.replaced = true;
        }
        old.awaitDone("release", "announce", "end", "exit");
    }

    @Test
    void oldRunnerGoesOnIfTheNameIsReplacedBeforeItWasGivenAway() throws Exception {
        old.replaced = true;
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
        }
        old.awaitDone("release", "reclaim");
    }

    @Test
    void oldRunnerEndsIfTheNewOneTakesTheSocketAfterTheOldOneGaveItUp() throws Exception {
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
            assertThat(call.taking()).isNotEmpty();
        }
        old.awaitDone("release", "announce", "reclaim");
        old.replaced = true;
        old.awaitDone("release", "announce", "reclaim", "end", "exit");
    }

    @Test
    void newRunnerDoesNotTakeTheSocketOfAnOldOneThatNoLongerWaits() throws Exception {
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
            assertThat(call.taking()).isNotEmpty();
            call.requireWaiting();
            old.awaitDone("release", "announce", "reclaim");
            assertThatThrownBy(call::requireWaiting)
                    .isInstanceOf(TakeoverException.class)
                    .hasMessageContaining("has waited for too long");
        }
    }

    @Test
    void usesOfVeryManyCredentialsAreHandedOver() throws Exception {
        List<UseMarks> many = new ArrayList<>();
        for (int i = 0; i < 120_001; i++) {
            String username = "a-consumer-" + "x".repeat(600) + i;
            many.add(new UseMarks(new CredentialName(username, null, CredentialKind.KEY_AUTH), 7, 1, 2, 3, i));
        }
        old.uses = many;
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
            assertThat(call.taking()).isNotEmpty();
            assertThat(call.taken().equals(many)).isTrue();
        }
    }

    @Test
    void oldRunnerThatCannotTellItsUsesEndsNevertheless() throws Exception {
        old.failing = true;
        try (TakeoverCall call = call(sealer);
                Secret _ = call.hello(SOCKET)) {
            assertThat(call.release()).isEqualTo(7);
            assertThat(call.taking()).isNotEmpty();
            assertThat(call.taken()).isEmpty();
        }
        old.awaitDone("release", "announce", "end", "exit");
    }

    @Test
    void withoutARunnerThereIsNothingToTakeOver() throws Exception {
        Objects.requireNonNull(socket).close();
        Awaitility.await().until(() -> {
            try (TakeoverCall call = TakeoverCall.open(directory, sealer)) {
                return call == null;
            }
        });
        Files.delete(directory.resolve("takeover.sock"));
        assertThat(TakeoverCall.open(directory, sealer)).isNull();
    }
}
