package dev.secretproviders.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.ScriptedProvider;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The next process starts with the state that one process wrote, as far as it can still be trusted. */
class LastKnownGoodTest {
    private static final String JACK = "jack/key";
    private static final String KATE = "kate/key";
    private static final Duration MAX_AGE = Duration.ofHours(1);
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    @TempDir
    Path directory;

    private final Secret masterKey = RandomSecrets.bytes(32);
    private final Sealer sealer = new Sealer(MasterKeyring.of(copy(masterKey)));
    private final List<Running> processes = new ArrayList<>();
    private Duration time = Duration.ZERO;
    private Duration overlap = ResolverFixture.OVERLAP;

    @AfterEach
    void invariantsHold() {
        processes.forEach(Running::close);
    }

    private static Secret copy(Secret secret) {
        return secret.use(bytes -> Secret.owning(bytes.clone()));
    }

    private Path file() {
        return directory.resolve("data/last-known-good");
    }

    /** A runner's resolver and its file; only one exists at a time. */
    private final class Running implements AutoCloseable {
        final ResolverFixture it = new ResolverFixture(overlap);
        final ProviderRegistry registry = ProviderRegistry.read(
                Settings.root(Map.of(), new Problems()), List.of(new EnvProviderFactory(Map.of())));
        final LastKnownGood kept;
        private boolean ended;

        Running(boolean enabled, Duration maxAge, Path file, Sealer sealer) {
            it.skip(time);
            kept = new LastKnownGood(
                    new LastKnownGood.Settings(enabled, maxAge),
                    new LastKnownGood.Place(file, sealer),
                    it.digester,
                    it.resolver,
                    registry,
                    it::clock);
            processes.add(this);
        }

        Running begin(String fingerprint) {
            kept.read();
            register(fingerprint, ResolverFixture.policy(overlap));
            kept.start();
            return this;
        }

        void register(String fingerprint, ProviderPolicy policy) {
            var _ = registry.install(new Registered(it.provider, policy, List.of(), () -> {}, fingerprint));
        }

        void pass(Duration span) {
            time = time.plus(span);
            it.pass(span);
        }

        void refresh() {
            it.resolver.refresh(it.provider.id, List.of());
            it.drain();
        }

        /** Ends as at SIGTERM. */
        void end() {
            kept.close();
            ended = true;
        }

        @Override
        public void close() {
            if (!ended) {
                kept.close();
            }
            it.close();
        }
    }

    private Running begin() {
        return begin(MAX_AGE);
    }

    private Running begin(Duration maxAge) {
        return new Running(true, maxAge, file(), sealer).begin("same");
    }

    private Running beginWhileTheManagerIsDown() {
        Running process = begin();
        process.it.outage(Kind.UNAVAILABLE);
        process.it.resolve(JACK, KATE);
        return process;
    }

    /** Simulates a process that resolved jack's key and ended. */
    private void jackWasKnown() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.resolve(JACK);
        first.end();
    }

    private static boolean knows(Running process, String value) {
        return process.it.isCurrent(JACK, value);
    }

    @Test
    void currentAndPreviousVersionAndDenialsAreTakenOverWhileTheManagerIsDown() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.provider.gone("kate");
        first.it.resolve(JACK, KATE);
        first.it.provider.put("jack", "2", "key", "secret-b");
        first.refresh();
        first.end();
        time = time.plusSeconds(5);

        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.want(JACK, KATE);
        assertThat(second.it.resolution(KATE).problem())
                .as("before anything was asked")
                .contains("version 3 was destroyed");
        second.it.drain();
        assertThat(second.kept.loaded()).isEqualTo(new LastKnownGood.Loaded(2, null));
        assertThat(second.kept.problem()).isNull();
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.STALE);
        assertThat(second.it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(second.it.isPrevious(JACK, "secret-a")).isTrue();
        assertThat(second.it.resolution(JACK).failure()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(second.it.state(KATE)).isEqualTo(ResolutionState.NEGATIVE);

        second.pass(ResolverFixture.OVERLAP.minusSeconds(5));
        assertThat(second.it.isPrevious(JACK, "secret-a"))
                .as("an overlap is not longer for a restart")
                .isFalse();
        assertThat(second.it.isCurrent(JACK, "secret-b")).isTrue();
    }

    @Test
    void managersAreAskedForTheValueAgainAsSoonAsTheyAnswer() {
        jackWasKnown();
        Running second = beginWhileTheManagerIsDown();
        second.it.provider.put("jack", "1", "key", "made-again-with-the-same-number");
        second.it.outageEnds();
        second.pass(Duration.ofMinutes(1));
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.FRESH);
        assertThat(knows(second, "made-again-with-the-same-number")).isTrue();
        assertThat(second.it.isPrevious(JACK, "secret-a")).isTrue();
        assertThat(second.it.provider.calls.getFirst())
                .allSatisfy(request -> assertThat(request.knownVersion()).isNull());
    }

    @Test
    void staleTtlCountsFromTheLastAnswerOfTheManagerWhateverRestartsThereWere() {
        jackWasKnown();
        Duration third = ResolverFixture.STALE_TTL.dividedBy(3);
        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        second.pass(third);
        second.kept.changed(Set.of());
        second.end();
        time = time.plus(third);

        Running last = beginWhileTheManagerIsDown();
        assertThat(knows(last, "secret-a")).isTrue();
        last.pass(third.minusSeconds(2));
        assertThat(knows(last, "secret-a")).isTrue();
        last.pass(Duration.ofSeconds(2));
        assertThat(last.it.state(JACK)).isEqualTo(ResolutionState.EXPIRED);
    }

    @Test
    void valuesNotVerifiedWithinMaxAgeAreRefusedAndThatIsSaid() {
        jackWasKnown();
        time = time.plusSeconds(30);
        Running second = begin(Duration.ofSeconds(30));
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(second.kept.loaded().taken()).isZero();
        assertThat(second.kept.problem()).contains("1 secrets").contains("last-known-good.max-age");
        assertThat(second.kept.loaded().problem()).isEqualTo(second.kept.problem());

        second.it.outageEnds();
        second.it.provider.put("jack", "2", "key", "secret-b");
        second.pass(Duration.ofMinutes(1));
        second.kept.writeIfDue();
        assertThat(second.kept.problem()).as("written again since").isNull();
        assertThat(second.kept.loaded().problem()).as("the report stays").isNotNull();
    }

    @Test
    void servingFromDiskEndsAtMaxAge() {
        jackWasKnown();
        time = time.plusSeconds(20);
        Running second = begin(Duration.ofSeconds(30));
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(knows(second, "secret-a")).isTrue();
        second.pass(Duration.ofSeconds(9));
        assertThat(knows(second, "secret-a")).isTrue();
        second.pass(Duration.ofSeconds(1));
        assertThat(knows(second, "secret-a")).isFalse();
    }

    @Test
    void whatWasReadAgesWhileItWaitsForTheConsumers() {
        jackWasKnown();
        Running second = begin(Duration.ofSeconds(30));
        second.it.outage(Kind.UNAVAILABLE);
        second.pass(Duration.ofSeconds(20));
        assertThat(second.kept.writes())
                .as("what is there was not taken over yet")
                .isZero();
        second.it.resolve(JACK);
        assertThat(knows(second, "secret-a")).isTrue();
        second.pass(Duration.ofSeconds(10));
        assertThat(knows(second, "secret-a")).isFalse();
        second.end();

        jackWasKnown();
        Running late = begin(Duration.ofSeconds(30));
        late.it.outage(Kind.UNAVAILABLE);
        late.pass(Duration.ofSeconds(30));
        late.it.resolve(JACK);
        assertThat(late.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
    }

    @Test
    void deletedSecretStaysDeniedHoweverOldThatIsWhileAMissingOneIsAskedForAgain() {
        Running first = begin();
        first.it.provider.gone("jack");
        first.it.resolve(JACK, KATE);
        first.end();
        time = time.plus(MAX_AGE);

        Running second = beginWhileTheManagerIsDown();
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(second.it.state(KATE)).isEqualTo(ResolutionState.LOADING);
    }

    @Test
    void versionRevokedMeanwhileDoesNotComeBack() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.provider.put("kate", "1", "key", "secret-c");
        first.it.resolve(JACK, KATE);
        first.it.provider.put("jack", "2", "key", "secret-b");
        first.refresh();
        first.end();

        Running second = begin();
        second.it.resolver.deny((provider, path, version) ->
                (path.equals("jack") && version.equals("1")) || path.equals("kate") ? "revoked" : null);
        second.it.outage(Kind.UNAVAILABLE);
        second.it.want(JACK, KATE);
        assertThat(second.it.resolution(KATE).problem()).contains("revoked");
        second.it.drain();
        assertThat(second.it.isCurrent(JACK, "secret-b")).isTrue();
        assertThat(second.it.isPrevious(JACK, "secret-a")).isFalse();
        assertThat(second.it.state(KATE)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void deniedSecretDoesNotComeBackThoughTheProcessIsKilledRightAfterIt() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.resolve(JACK);
        first.kept.writeIfDue();
        first.it.provider.gone("jack");
        first.refresh();
        await().until(() -> first.kept.writes() == 2);
        first.ended = true;

        Running second = beginWhileTheManagerIsDown();
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void onlyChangesAndEveryTenSecondsConfirmationsAreWritten() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.provider.gone("kate");
        first.it.resolve(JACK, KATE);
        first.kept.writeIfDue();
        long before = first.kept.writes();
        for (int i = 0; i < 20; i++) {
            first.refresh();
            first.kept.writeIfDue();
        }
        assertThat(first.kept.writes())
                .as("the same denials and values again, at the same time")
                .isEqualTo(before);
        time = time.plus(INTERVAL);
        first.it.skip(INTERVAL);
        first.kept.writeIfDue();
        assertThat(first.kept.writes()).isEqualTo(before + 1);
        first.it.skip(INTERVAL);
        time = time.plus(INTERVAL);
        first.kept.writeIfDue();
        assertThat(first.kept.writes()).as("nothing was heard").isEqualTo(before + 1);
        first.it.provider.put("jack", "2", "key", "secret-b");
        first.refresh();
        first.kept.writeIfDue();
        assertThat(first.kept.writes()).isEqualTo(before + 2);
    }

    @Test
    void namesThatTurnedOutNotToExistAreKnownSoThatTheShorterOneIsMeantAtOnce() {
        Running first = begin();
        first.it.provider.longestNameFirst = true;
        first.it.provider.put("app/prod", "1", "db", "secret-a");
        first.it.resolve("app/prod/db");
        assertThat(first.it.isCurrent("app/prod/db", "secret-a")).isTrue();
        first.end();

        Running second = begin();
        second.it.provider.longestNameFirst = true;
        second.it.outage(Kind.UNAVAILABLE);
        second.it.want("app/prod/db");
        assertThat(second.it.isCurrent("app/prod/db", "secret-a"))
                .as("before anything was asked")
                .isTrue();
        second.it.drain();
        assertThat(second.it.isCurrent("app/prod/db", "secret-a")).isTrue();
    }

    @Test
    void whatIsNotTakenOverWhenTheProviderIsAnotherOne() {
        jackWasKnown();
        Running second = new Running(true, MAX_AGE, file(), sealer).begin("another");
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(second.kept.loaded()).isEqualTo(new LastKnownGood.Loaded(0, null));
    }

    @Test
    void providerThatIsReplacedBeforeTheConsumersComeInheritsNothing() {
        jackWasKnown();
        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        ScriptedProvider edited = new ScriptedProvider("prod");
        edited.fail("jack", Kind.UNAVAILABLE);
        second.it
                .resolver
                .trial(new Registered(edited, ResolverFixture.policy(ResolverFixture.OVERLAP)))
                .install();
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
    }

    @Test
    void changedFileIsRefusedWholeMovedAsideAndSaid() throws IOException {
        jackWasKnown();
        byte[] written = Files.readAllBytes(file());
        for (int i = 0; i < written.length; i += Math.max(1, written.length / 20)) {
            byte[] flipped = written.clone();
            flipped[i] ^= 0x40;
            refused(flipped);
        }
        refused(new byte[0]);
        refused("not a snapshot".getBytes(StandardCharsets.UTF_8));
        refused(Arrays.copyOf(written, written.length - 1));
        refused(Arrays.copyOf(written, written.length + 1));
    }

    private void refused(byte[] content) throws IOException {
        Files.deleteIfExists(file());
        Files.createFile(file(), OWNER_ONLY);
        Files.write(file(), content);
        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(second.kept.problem()).contains("refused whole").contains(file() + ".refused");
        assertThat(second.kept.loaded().problem()).isEqualTo(second.kept.problem());
        assertThat(file()).doesNotExist();
        assertThat(Path.of(file() + ".refused")).hasBinaryContent(content);
        second.end();
    }

    @Test
    void fileOfAnotherKeyringIsRefused() {
        jackWasKnown();
        Running second =
                new Running(true, MAX_AGE, file(), new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)))).begin("same");
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(second.kept.problem()).contains("which the keyring does not have");
    }

    @Test
    void fileThatOthersMayOpenIsRefusedAndStaysAsItIs() throws IOException {
        jackWasKnown();
        for (String wide : List.of("rw-r-----", "rw-----w-", "rwx------")) {
            Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(wide));
            Running second = beginWhileTheManagerIsDown();
            assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
            assertThat(second.kept.problem()).contains(wide).contains("chmod 600 " + file());
            second.end();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                    .isEqualTo(wide);
        }
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--------"));
        Running remedied = beginWhileTheManagerIsDown();
        assertThat(knows(remedied, "secret-a")).isTrue();
    }

    @Test
    void whatIsWrittenIsForTheOwnerOnlyAndHoldsNoValue() throws IOException {
        jackWasKnown();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(new String(Files.readAllBytes(file()), StandardCharsets.ISO_8859_1))
                .doesNotContain("secret-a")
                .doesNotContain("jack");
        Running second = begin();
        byte[] plain = Objects.requireNonNull(open());
        assertThat(new String(plain, StandardCharsets.ISO_8859_1))
                .contains("jack")
                .doesNotContain("secret-a");
        second.end();
    }

    private byte @Nullable [] open() {
        try {
            return sealer.open("last-known-good", Files.readAllBytes(file()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (dev.secretproviders.crypto.UnsealException e) {
            return null;
        }
    }

    @Test
    void switchedOffItWritesNothingAndDeletesWhatIsThere() throws IOException {
        jackWasKnown();
        Files.writeString(Path.of(file() + ".next-0123"), "unfinished");
        Files.writeString(Path.of(file() + ".refused"), "refused");
        Running second = new Running(false, MAX_AGE, file(), sealer).begin("same");
        second.it.provider.put("jack", "1", "key", "secret-a");
        second.it.resolve(JACK);
        second.it.provider.gone("jack");
        second.refresh();
        second.kept.writeIfDue();
        second.end();
        assertThat(second.kept.problem()).isNull();
        try (Stream<Path> left = Files.list(file().resolveSibling(""))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatAKilledProcessDidNotFinishIsDeletedAndDoesNotMatter() throws IOException {
        jackWasKnown();
        Path unfinished = Path.of(file() + ".next-0123");
        Files.write(unfinished, new byte[100]);
        Running second = beginWhileTheManagerIsDown();
        assertThat(knows(second, "secret-a")).isTrue();
        assertThat(unfinished).doesNotExist();
    }

    @Test
    void diskThatCannotBeWrittenIsReportedUntilItCanAndServingGoesOn() throws IOException {
        Files.writeString(directory.resolve("data"), "a file where the directory should be");
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.resolve(JACK);
        first.kept.writeIfDue();
        assertThat(first.kept.problem()).contains("cannot be written");
        assertThat(first.kept.writeFailures()).isEqualTo(1);
        assertThat(knows(first, "secret-a")).isTrue();
        first.kept.writeIfDue();
        assertThat(first.kept.writeFailures()).as("not again at once").isEqualTo(1);

        Files.delete(directory.resolve("data"));
        first.pass(INTERVAL);
        first.kept.writeIfDue();
        assertThat(first.kept.problem()).isNull();
        first.end();
        assertThat(knows(beginWhileTheManagerIsDown(), "secret-a")).isTrue();
    }

    /** The name of its temporary file is too long, so the file can be deleted but not written, as on a full disk. */
    @Test
    void denialThatCannotBeWrittenDeletesTheFile() throws IOException {
        jackWasKnown();
        Path longest = file().resolveSibling("x".repeat(250));
        Files.move(file(), longest);
        Running second = new Running(true, MAX_AGE, longest, sealer).begin("same");
        second.it.provider.gone("jack");
        second.it.resolve(JACK);
        await().until(() -> !Files.exists(longest));
        assertThat(second.kept.writeFailures()).isPositive();
        assertThat(second.kept.problem()).contains("cannot be written");
    }

    @Test
    void fileFollowsAChangeOfTheMasterKeySoThatTheOldKeyIsNeededNoMore() throws Exception {
        Path ringFile = directory.resolve("keyring");
        MasterKeyring ring = MasterKeyring.create(ringFile);
        Running first = new Running(true, MAX_AGE, file(), new Sealer(ring)).begin("same");
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.resolve(JACK);
        first.kept.writeIfDue();
        var _ = ring.addKey();
        first.kept.writeIfDue();
        assertThat(first.kept.writes()).as("rewrapped, not written").isEqualTo(1);
        first.ended = true;
        ring.dropOldKeys();
        Running second = new Running(true, MAX_AGE, file(), new Sealer(MasterKeyring.ofFile(ringFile))).begin("same");
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(knows(second, "secret-a")).isTrue();
        second.ended = true;

        MasterKeyring offline = MasterKeyring.ofFile(ringFile);
        var _ = offline.addKey();
        LastKnownGood.rewrap(file(), new Sealer(offline));
        offline.dropOldKeys();
        Running third = new Running(true, MAX_AGE, file(), new Sealer(MasterKeyring.ofFile(ringFile))).begin("same");
        third.it.outage(Kind.UNAVAILABLE);
        third.it.resolve(JACK);
        assertThat(knows(third, "secret-a")).isTrue();
    }

    @Test
    void shorterOverlapOfTheNewConfigurationCounts() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a");
        first.it.resolve(JACK);
        first.it.provider.put("jack", "2", "key", "secret-b");
        first.refresh();
        first.end();
        overlap = Duration.ofSeconds(20);
        Running second = beginWhileTheManagerIsDown();
        second.pass(Duration.ofSeconds(19));
        assertThat(second.it.isPrevious(JACK, "secret-a")).isTrue();
        second.pass(Duration.ofSeconds(1));
        assertThat(second.it.isPrevious(JACK, "secret-a")).isFalse();
    }
}
