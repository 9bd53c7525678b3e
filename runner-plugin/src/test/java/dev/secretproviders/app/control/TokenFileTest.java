package dev.secretproviders.app.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.transport.route.ConfTokens;
import dev.secretproviders.transport.route.RouteCompiler;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.wire.Messages.PrepareConf;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens outlive the process that issued them, for a runner with the same keyring only. */
final class TokenFileTest {
    private static final PrepareConf ROUTE =
            new PrepareConf("route#1#ext-plugin-pre-req#1", List.of(new Header("a-filter", "its configuration")));

    @TempDir
    private Path directory;

    private final Sealer sealer = sealer();

    private static Sealer sealer() {
        return new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)));
    }

    @BeforeAll
    static void loadTheModule() {
        FipsModule.load();
    }

    private static ConfTokens tokens() {
        RouteCompiler compiler = new RouteCompiler(List.of(), List.of(), new TransportStats());
        return new ConfTokens(Duration.ofHours(1), 10, Ticker.systemTicker(), compiler::compile);
    }

    private Path file() {
        return directory.resolve("conf-tokens");
    }

    private TokenFile start(Sealer with, ConfTokens tokens) {
        TokenFile file = new TokenFile(file(), with, tokens, InstantSource.system());
        file.start();
        return file;
    }

    private int issuedByAnEarlierProcess() {
        ConfTokens tokens = tokens();
        try (TokenFile _ = start(sealer, tokens)) {
            return tokens.prepare(ROUTE);
        }
    }

    @Test
    void nextProcessKnowsThem() {
        int token = issuedByAnEarlierProcess();
        ConfTokens next = tokens();
        try (TokenFile _ = start(sealer, next)) {
            assertThat(next.find(token)).isNotNull();
            assertThat(next.prepare(ROUTE)).isEqualTo(token);
        }
    }

    @Test
    void processThatIsKilledLeavesThemToo() {
        ConfTokens tokens = tokens();
        try (TokenFile _ = start(sealer, tokens)) {
            int token = tokens.prepare(ROUTE);
            Awaitility.await().until(() -> Files.exists(file()));
            ConfTokens next = tokens();
            try (TokenFile _ = start(sealer, next)) {
                assertThat(next.find(token)).isNotNull();
            }
        }
    }

    @Test
    void processThatLearnsNothingNewWritesThemAgainSoThatTheFileSaysHowLongTheyAreValid() throws Exception {
        int _ = issuedByAnEarlierProcess();
        byte[] before = Files.readAllBytes(file());
        ConfTokens next = tokens();
        AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
        try (TokenFile file = new TokenFile(file(), sealer, next, now::get)) {
            file.start();
            Awaitility.await().until(() -> !Arrays.equals(Files.readAllBytes(file()), before));
            byte[] atTheStart = Files.readAllBytes(file());
            now.set(now.get().plus(Duration.ofMinutes(6)));
            Awaitility.await().until(() -> !Arrays.equals(Files.readAllBytes(file()), atTheStart));
        }
    }

    @Test
    void tokensOfATakeoverAreWrittenToo() {
        ConfTokens old = tokens();
        int token = old.prepare(ROUTE);
        ConfTokens next = tokens();
        try (TokenFile _ = start(sealer, next)) {
            next.restore(old.known());
            Awaitility.await().until(() -> Files.exists(file()));
            ConfTokens last = tokens();
            try (TokenFile _ = start(sealer, last)) {
                assertThat(last.find(token)).isNotNull();
            }
        }
    }

    @Test
    void whatAKilledProcessLeftUnfinishedIsDeleted() throws Exception {
        Path unfinished = Files.writeString(directory.resolve("conf-tokens.next-1234"), "half");
        try (TokenFile _ = start(sealer, tokens())) {
            assertThat(unfinished).doesNotExist();
        }
    }

    @Test
    void anotherKeyringKnowsNoneAndWritesItsOwn() {
        int token = issuedByAnEarlierProcess();
        Sealer another = sealer();
        ConfTokens next = tokens();
        int own;
        try (TokenFile _ = start(another, next)) {
            assertThat(next.find(token)).isNull();
            own = next.prepare(ROUTE);
        }
        ConfTokens last = tokens();
        try (TokenFile _ = start(another, last)) {
            assertThat(last.find(own)).isNotNull();
        }
    }

    @Test
    void onlyTheOwnerCanReadTheFileWhichIsSealed() throws Exception {
        int _ = issuedByAnEarlierProcess();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file(), StandardCharsets.ISO_8859_1)).doesNotContain("a-filter", "configuration");
    }

    @Test
    void fileThatIsBrokenCostsNothingButTheTokens() throws Exception {
        int _ = issuedByAnEarlierProcess();
        Files.write(file(), new byte[] {1, 2, 3});
        ConfTokens next = tokens();
        try (TokenFile _ = start(sealer, next)) {
            assertThat(next.size()).isZero();
            assertThat(next.prepare(ROUTE)).isNotZero();
        }
    }
}
