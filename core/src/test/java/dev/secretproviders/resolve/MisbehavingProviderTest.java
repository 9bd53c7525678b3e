package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static dev.secretproviders.resolve.ResolverFixture.reference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Providers and listeners that break their contract. The resolver keeps working and reveals no secret. */
class MisbehavingProviderTest {
    private static final String JACK = "jack/key";

    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    @Test
    void messageOfAnUnexpectedExceptionIsNotPassedOn() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.provider.answer("jack", request -> {
            throw new IllegalStateException("cannot parse 'canary-8231'");
        });
        it.skip(TTL);
        it.wake();
        assertThat(it.resolution(JACK).failure()).isEqualTo(Kind.INVALID_ANSWER);
        assertThat(it.resolution(JACK).problem())
                .isEqualTo("unexpected java.lang.IllegalStateException in the provider");
        assertThat(it.resolution(JACK).toString()).doesNotContain("canary");
        assertThat(it.events.told.toString()).doesNotContain("canary");
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
    }

    @Test
    void providerThatThrowsBeforeItIsCalledKeepsNoOtherFromBeingCalled() {
        ScriptedProvider broken = new ScriptedProvider("broken");
        broken.broken = true;
        ScriptedProvider other = new ScriptedProvider("prod");
        List.of(broken, other).forEach(provider -> provider.put("jack", "1", "key", "secret-a"));
        SecretReference first = SecretReference.parse("$secret://vault/broken/jack/key");
        try (Resolver resolver = Resolver.start(
                List.of(
                        new Registered(broken, ResolverFixture.policy(Duration.ZERO)),
                        new Registered(other, ResolverFixture.policy(Duration.ZERO))),
                new KeyDigester())) {
            resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(first, reference(JACK))));
            await().untilAsserted(() ->
                    assertThat(resolver.resolution(reference(JACK)).state()).isEqualTo(ResolutionState.FRESH));
            assertThat(resolver.resolution(first).state()).isEqualTo(ResolutionState.LOADING);

            broken.broken = false;
            await().untilAsserted(
                            () -> assertThat(resolver.resolution(first).state()).isEqualTo(ResolutionState.FRESH));
        }
    }

    @Test
    void contentThatCannotBeReadFailsAloneInItsBatch() {
        it.provider.batchSize = 10;
        it.provider.put("anna", "1", "key", "secret-b");
        it.provider.answer("jack", request -> {
            SecretVersion closed = it.provider.version("1", null, "key", "secret-a");
            closed.content().close();
            return new FetchResult.Found(closed);
        });
        it.resolve(JACK, "anna/key");
        assertThat(it.resolution(JACK).failure()).isEqualTo(Kind.INVALID_ANSWER);
        assertThat(it.isCurrent("anna/key", "secret-b")).isTrue();
        it.provider.put("jack", "2", "key", "secret-c");
        it.pass(Duration.ofSeconds(2));
        assertThat(it.isCurrent(JACK, "secret-c")).isTrue();
    }

    @Test
    void unchangedWithoutAKnownVersionIsNoAnswerAndNoBusyLoop() {
        it.provider.answer("jack", request -> new FetchResult.Unchanged());
        it.resolve(JACK);
        assertThat(it.resolution(JACK).failure()).isEqualTo(Kind.INVALID_ANSWER);
        assertThat(it.provider.calls).hasSize(1);
    }

    @Test
    void listenerThatThrowsDisturbsNeitherTheResolverNorOtherListeners() {
        it.resolver.addListener(new ResolverListener() {
            @Override
            public void changed(Set<SecretReference> references) {
                throw new IllegalStateException("a bug");
            }

            @Override
            public void asked(ProviderId provider, Duration took) {
                throw new IllegalStateException("a bug");
            }

            @Override
            public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
                throw new IllegalStateException("a bug");
            }
        });
        ResolverFixture.Events after = new ResolverFixture.Events();
        it.resolver.addListener(after);
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
        assertThat(after.told).containsExactly("fetched jack FOUND");
        assertThat(after.changes).isEqualTo(1);
        it.skip(TTL);
        it.wake();
        assertThat(it.provider.calls).hasSize(2);
    }

    @Test
    void answersThatComeAfterCloseAreWipedAndSilent() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.want(JACK);
        it.resolver.close();
        it.drain();
        assertThat(it.provider.notWiped()).isZero();
        assertThat(it.events.told).isEmpty();
        assertThat(it.state(JACK)).isEqualTo(ResolutionState.LOADING);
    }

    @Test
    void whatIsResolvedStaysReadableAfterClose() {
        it.provider.put("jack", "1", "key", "secret-a");
        it.resolve(JACK);
        it.resolver.close();
        assertThat(it.isCurrent(JACK, "secret-a")).isTrue();
    }

    @Test
    void closeEndsSettle() throws Exception {
        it.want(JACK);
        CountDownLatch settled = new CountDownLatch(1);
        Thread waiting = Thread.startVirtualThread(() -> {
            try {
                it.resolver.settle(reference(JACK), Duration.ofMinutes(1));
                settled.countDown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        it.resolver.close();
        assertThat(settled.await(5, TimeUnit.SECONDS)).isTrue();
    }

    /** In real time: the provider does not answer, is interrupted, and answers much later. */
    @Test
    void providerThatNeverAnswersIsInterruptedAndGivenUpAndItsLateAnswerIsWipedAndIgnored() throws Exception {
        ScriptedProvider stuck = new ScriptedProvider("prod");
        AtomicBoolean interrupted = new AtomicBoolean();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch returned = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        stuck.answer("jack", request -> {
            if (!first.getAndSet(false)) {
                return new FetchResult.Missing("by now it was deleted");
            }
            SecretVersion late = stuck.version("1", null, "key", "late");
            while (true) {
                try {
                    release.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted.set(true);
                }
            }
            returned.countDown();
            return new FetchResult.Found(late);
        });
        Registered managed = new Registered(stuck, ResolverFixture.policy(Duration.ofMillis(50), Duration.ZERO));
        try (Resolver resolver = Resolver.start(List.of(managed), new KeyDigester())) {
            resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(reference(JACK))));
            Resolution givenUp = resolver.settle(reference(JACK), Duration.ofSeconds(10));
            assertThat(givenUp.failure()).isEqualTo(Kind.TIMEOUT);
            assertThat(givenUp.problem()).isEqualTo("no answer within twice the provider's timeout");
            await().untilTrue(interrupted);
            await().until(() -> resolver.resolution(reference(JACK)).state() == ResolutionState.NEGATIVE);

            release.countDown();
            assertThat(returned.await(5, TimeUnit.SECONDS)).isTrue();
            await().until(() -> stuck.notWiped() == 0);
            assertThat(resolver.resolution(reference(JACK)).state()).isEqualTo(ResolutionState.NEGATIVE);
            assertThat(resolver.heldVersions()).isZero();
        }
    }
}
