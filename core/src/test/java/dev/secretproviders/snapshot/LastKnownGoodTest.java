package dev.secretproviders.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.ScriptedProvider;
import dev.secretproviders.resolve.value.Use;
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
import java.util.Base64;
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
    private static final String SIGNERS = "signers";
    private static final String INJECTORS = "injectors";
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

    /** The manager answers about kate's secret, as {@link #valuesWereKnown} left it. */
    private Running beginWhileTheManagerFailsForJack() {
        Running process = begin();
        process.it.provider.fail("jack", Kind.UNAVAILABLE);
        process.it.provider.put("kate", "1", "key", "canary-c");
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

    @Test
    void fileOfALaterVersionIsRefusedWithBothVersionsAndTheRemedy() throws IOException {
        jackWasKnown();
        byte[] plain = Objects.requireNonNull(open());
        plain[3] = 9;
        Files.write(file(), sealer.seal("last-known-good", plain));

        Running second = begin();

        assertThat(second.kept.problem())
                .contains("it has format 9", "reads formats 1 to 3", "use a later version", file() + ".refused");
        second.end();
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

    private static @Nullable String value(Running process, String path) {
        ResolvedValue current = process.it.resolution(path).current();
        return current == null ? null : current.read(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** Simulates a process that needed the values of jack and kate, of which jack's was rotated, and ended. */
    private void valuesWereKnown() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "canary-a", "other", "canary-other");
        first.it.provider.put("kate", "1", "key", "canary-c");
        first.it.want(SIGNERS, Use.VALUE, JACK, KATE);
        first.it.drain();
        first.it.provider.put("jack", "2", "key", "canary-b", "other", "canary-other");
        first.refresh();
        first.end();
    }

    @Test
    void valuesThatAreNeededThemselvesAreThereAfterARestartDuringAnOutage() throws IOException {
        valuesWereKnown();
        assertThat(new String(Files.readAllBytes(file()), StandardCharsets.ISO_8859_1))
                .doesNotContain("canary");
        assertThat(content())
                .as("sealed")
                .contains("canary-a", "canary-b", "canary-c")
                .doesNotContain("canary-other");

        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.want(SIGNERS, Use.VALUE, JACK);
        second.it.drain();
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.STALE);
        assertThat(value(second, JACK)).isEqualTo("canary-b");
        ResolvedValue previous = second.it.resolution(JACK).previous().getFirst();
        assertThat(previous.<String>read(bytes -> new String(bytes, StandardCharsets.UTF_8)))
                .isEqualTo("canary-a");
        second.it.want(SIGNERS, Use.VALUE, "jack/other");
        assertThat(second.it.state("jack/other"))
                .as("no reference needed the value before")
                .isEqualTo(ResolutionState.LOADING);
    }

    @Test
    void whoNeedsADigestOnlyGetsNoValueFromTheFile() {
        valuesWereKnown();
        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        assertThat(second.it.isCurrent(JACK, "canary-b")).isTrue();
        assertThat(Objects.requireNonNull(second.it.resolution(JACK).current()).value())
                .isNull();
    }

    @Test
    void whoComesLaterFindsTheValueInTheFileWhileTheManagerIsDown() {
        valuesWereKnown();
        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        second.it.want(SIGNERS, Use.VALUE, JACK);
        second.it.want(INJECTORS, Use.VALUE, KATE);
        second.it.drain();
        assertThat(value(second, JACK)).isEqualTo("canary-b");
        assertThat(value(second, KATE)).isEqualTo("canary-c");
    }

    /** Consumers name their references before secrets for upstreams name theirs. */
    @Test
    void valueStaysForWhoComesLaterWhenTheManagerFailsForItsSecretOnly() {
        valuesWereKnown();
        Running second = begin();
        second.it.provider.fail("jack", Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        second.it.want(INJECTORS, Use.VALUE, JACK, KATE);
        assertThat(value(second, KATE)).as("no answer yet").isEqualTo("canary-c");
        second.it.drain();
        assertThat(value(second, JACK)).isEqualTo("canary-b");
    }

    /** A route names its secrets with its first request, which may come after another restart. */
    @Test
    void valueStaysInTheFileForWhoComesLaterWhenTheManagerFailsForItsSecretOnly() {
        valuesWereKnown();
        for (int restart = 0; restart < 2; restart++) {
            Running next = beginWhileTheManagerFailsForJack();
            next.kept.changed(Set.of());
            next.end();
        }
        Running last = begin();
        last.it.provider.fail("jack", Kind.UNAVAILABLE);
        last.it.resolve(JACK);
        last.it.want(INJECTORS, Use.VALUE, JACK);
        last.it.drain();
        assertThat(value(last, JACK)).isEqualTo("canary-b");
        last.pass(ResolverFixture.STALE_TTL);
        last.kept.changed(Set.of());
        last.end();
        assertThat(content()).as("its time is over").doesNotContain("canary-a", "canary-b");
    }

    @Test
    void previousValueIsKeptForWhoComesLaterUntilItsOverlapIsOver() {
        valuesWereKnown();
        Running second = beginWhileTheManagerFailsForJack();
        second.pass(ResolverFixture.OVERLAP);
        second.kept.changed(Set.of());
        second.end();
        assertThat(content()).contains("canary-b").doesNotContain("canary-a");
    }

    @Test
    void revokedPreviousValueIsNotKeptForWhoComesLater() {
        valuesWereKnown();
        Running second = beginWhileTheManagerFailsForJack();
        second.it.resolver.deny(
                (provider, name, version) -> name.equals("jack") && version.equals("1") ? "revoked" : null);
        second.kept.changed(Set.of());
        second.end();
        assertThat(content()).doesNotContain("canary-a");
    }

    @Test
    void whatNobodyNamedYetIsKeptInTheFileOverAnotherRestart() {
        valuesWereKnown();
        Running second = begin();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(JACK);
        second.kept.changed(Set.of());
        second.end();

        Running third = begin();
        third.it.outage(Kind.UNAVAILABLE);
        third.it.want(INJECTORS, Use.VALUE, KATE);
        assertThat(value(third, KATE)).isEqualTo("canary-c");
        third.pass(ResolverFixture.STALE_TTL);
        assertThat(third.it.state(KATE)).isEqualTo(ResolutionState.EXPIRED);
    }

    @Test
    void whatNobodyNamedIsForgottenWhenTheManagerAnswers() throws IOException {
        valuesWereKnown();
        Running second = begin();
        second.it.provider.put("jack", "2", "key", "canary-b");
        second.it.want(INJECTORS, Use.VALUE, JACK);
        second.it.drain();
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve(KATE);
        assertThat(second.it.isCurrent(KATE, "canary-c"))
                .as("consumers may come later than others")
                .isTrue();
        second.it.outageEnds();
        second.pass(Duration.ofMinutes(1));
        second.it.outage(Kind.UNAVAILABLE);
        second.it.resolve();
        second.it.resolve(KATE);
        assertThat(second.it.state(KATE)).isEqualTo(ResolutionState.LOADING);
        second.end();
        assertThat(content()).contains("canary-b").doesNotContain("canary-c");
    }

    @Test
    void whatTheManagerDeniesDoesNotComeBackAlthoughNoConsumerNeedsASecret() throws IOException {
        valuesWereKnown();
        Running second = begin();
        second.it.provider.gone("kate");
        second.it.want(INJECTORS, Use.VALUE, JACK, KATE);
        second.it.drain();
        second.it.want(INJECTORS, Use.VALUE);
        second.it.outage(Kind.UNAVAILABLE);
        second.it.want(INJECTORS, Use.VALUE, JACK, KATE);
        second.it.drain();
        assertThat(second.it.state(JACK)).as("is missing").isEqualTo(ResolutionState.LOADING);
        assertThat(second.it.state(KATE)).as("is deleted").isEqualTo(ResolutionState.LOADING);
        second.end();
        assertThat(content()).doesNotContain("canary");
    }

    @Test
    void deletedSecretStaysOneThatExistedOverARestart() {
        Running first = begin();
        first.it.provider.gone("jack");
        first.it.resolve(JACK);
        first.end();

        Running second = begin();
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).as("the manager has purged it").isEqualTo(ResolutionState.NEGATIVE);
        assertThat(second.it.resolution(JACK).neverExisted()).isFalse();
    }

    /** A chain must not fall through to another secret when the manager denies it later. */
    private void isOneThatExisted(Running process) {
        process.it.provider.missing("jack");
        process.it.resolve(JACK);
        assertThat(process.it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(process.it.resolution(JACK).neverExisted()).isFalse();
    }

    @Test
    void secretWhoseValueEndedInTheFileStaysOneThatExisted() {
        jackWasKnown();
        time = time.plus(MAX_AGE);
        Running second = beginWhileTheManagerIsDown();
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.LOADING);
        assertThat(second.kept.problem()).contains("1 secrets");
        second.kept.changed(Set.of());
        second.end();

        Running third = begin();
        assertThat(third.kept.problem()).as("nothing of use is refused").isNull();
        isOneThatExisted(third);
    }

    @Test
    void secretWhoseValueEndedInAProcessStaysOneThatExistedInTheNext() {
        jackWasKnown();
        Running second = beginWhileTheManagerIsDown();
        second.pass(ResolverFixture.STALE_TTL);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.EXPIRED);
        second.kept.changed(Set.of());
        second.end();
        assertThat(second.kept.entries()).isZero();

        isOneThatExisted(begin());
    }

    @Test
    void secretOfAProviderThatWasChangedStaysOneThatExisted() {
        jackWasKnown();
        isOneThatExisted(new Running(true, MAX_AGE, file(), sealer).begin("another"));
    }

    @Test
    void shorterNameIsNotMeantWhenTheProviderIsChangedInARestartAfterTheLongerOneWasDeletedAndForgotten() {
        Running first = begin();
        first.it.provider.longestNameFirst = true;
        first.it.provider.gone("jack/key");
        first.it.resolve(JACK);
        first.end();

        Running second = new Running(true, MAX_AGE, file(), sealer).begin("another");
        second.it.provider.longestNameFirst = true;
        second.it.provider.put("jack", "1", "key", "secret-a");
        second.it.resolve(JACK);
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(second.it.resolution(JACK).neverExisted()).isFalse();
        second.end();

        Running third = new Running(true, MAX_AGE, file(), sealer).begin("a third");
        third.it.provider.longestNameFirst = true;
        third.it.provider.put("jack", "1", "key", "secret-a");
        third.it.resolve(JACK);
        assertThat(third.it.state(JACK)).as("over two restarts").isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void secretThatTheManagerDeniedAndThatEndedInTheFileMayNeverHaveExisted() {
        Running first = begin();
        first.it.resolve(JACK);
        first.end();
        time = time.plus(MAX_AGE);

        Running second = begin();
        second.it.resolve(JACK);
        assertThat(second.it.resolution(JACK).neverExisted()).isTrue();
    }

    @Test
    void revokedValueDoesNotComeBackFromTheFile() {
        valuesWereKnown();
        Running second = begin();
        second.it.resolver.deny((provider, path, version) -> version.equals("2") ? "revoked" : null);
        second.it.outage(Kind.UNAVAILABLE);
        second.it.want(SIGNERS, Use.VALUE, JACK);
        second.it.drain();
        assertThat(second.it.state(JACK)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(second.it.resolution(JACK).previous()).isEmpty();
    }

    /** The file {@code snapshot/format-1.base64} was made by the last commit that wrote format 1. */
    @Test
    void fileOfARunnerThatWroteDigestsOnlyIsTakenOver() throws IOException {
        byte[] plain;
        try (var resource =
                Objects.requireNonNull(LastKnownGoodTest.class.getResourceAsStream("/snapshot/format-1.base64"))) {
            plain = Base64.getMimeDecoder().decode(resource.readAllBytes());
        }
        Files.createDirectories(
                file().resolveSibling(""),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createFile(file(), OWNER_ONLY);
        Files.write(file(), sealer.seal("last-known-good", plain));

        Running second = beginWhileTheManagerIsDown();
        assertThat(second.kept.loaded()).isEqualTo(new LastKnownGood.Loaded(2, null));
        assertThat(second.it.isCurrent(JACK, "fixture-b")).isTrue();
        assertThat(second.it.isPrevious(JACK, "fixture-a")).isTrue();
        assertThat(second.it.state(KATE)).isEqualTo(ResolutionState.NEGATIVE);
        second.it.want(SIGNERS, Use.VALUE, JACK);
        assertThat(second.it.state(JACK)).as("its value is not in the file").isEqualTo(ResolutionState.LOADING);
        second.it.provider.put("jack", "2", "key", "fixture-b");
        second.it.outageEnds();
        second.pass(Duration.ofMinutes(1));
        assertThat(value(second, JACK)).isEqualTo("fixture-b");
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

    /** Returns what is sealed in the file, bytes as ISO 8859-1. */
    private String content() {
        return new String(Objects.requireNonNull(open()), StandardCharsets.ISO_8859_1);
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

    @Test
    void validityOutlivesARestartWhileTheManagerIsDown() {
        Running first = begin();
        first.it.provider.put("jack", "1", "key", "secret-a", "expires_at", "1000");
        first.it.resolve(JACK);
        first.end();

        Running second = beginWhileTheManagerIsDown();
        assertThat(knows(second, "secret-a")).isTrue();
        CredentialDirectory consumers = new CredentialDirectory(second.it.resolver, Runnable::run, List.of());
        Credential credential =
                new Credential.KeyAuth(null, new CredentialText.Referenced(ResolverFixture.reference(JACK)));
        consumers.changed(
                new ConsumerSnapshot(Map.of("jack", new Consumer("jack", null, List.of(credential))), List.of()));
        byte[] key = "secret-a".getBytes(StandardCharsets.UTF_8);
        AuthContext context =
                new AuthContext(consumers, second.it.digester, second.it.ticker(), UnresolvedAnswer.UNAVAILABLE);
        assertThat(new KeyVerdicts(context).of(key, key.length))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Verdict.Reason.EXPIRED));
    }
}
