package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.SecretPath;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A name stands for a value only once nothing else can have that name. */
class KnownVersionsTest {
    private static final SecretPath JACK = SecretPath.current("jack");
    private static final String NAME = VersionName.of(1, Instant.parse("2026-11-25T10:00:00Z"));

    private long nanos = Duration.ofDays(-365).toNanos();
    private final KnownVersions versions = new KnownVersions(() -> nanos);

    private boolean read(String name, String digest) {
        return versions.read(JACK, name, digest, versions.now());
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void valueIsReadTwiceBeforeItsNameIsEnough() {
        assertThat(read(NAME, "a")).isFalse();
        assertThat(versions.settled(JACK, NAME)).isFalse();
        pass(KnownVersions.SETTLES_AFTER.minusNanos(1));
        assertThat(read(NAME, "a")).isTrue();
        assertThat(versions.settled(JACK, NAME)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(read(NAME, "a")).isTrue();
        assertThat(versions.settled(JACK, NAME)).isTrue();
        assertThat(read(NAME, "a")).isTrue();
        assertThat(versions.settled(JACK, NAME)).isTrue();
        assertThat(versions.settled(JACK, VersionName.of(2, null))).isFalse();
        assertThat(versions.settled(SecretPath.current("kate"), NAME)).isFalse();
    }

    @Test
    void anotherValueOfTheSameNameIsAnotherOneAndBeginsAnew() {
        assertThat(read(NAME, "a")).isFalse();
        pass(KnownVersions.SETTLES_AFTER);
        assertThat(read(NAME, "b")).isFalse();
        assertThat(versions.settled(JACK, NAME)).isFalse();
        assertThat(read(NAME, "b")).isTrue();
        assertThat(versions.settled(JACK, NAME)).isFalse();
        pass(KnownVersions.SETTLES_AFTER);
        assertThat(read(NAME, "b")).isTrue();
        assertThat(versions.settled(JACK, NAME)).isTrue();
    }

    @Test
    void answerThatTookLongCountsFromTheQuestion() {
        assertThat(read(NAME, "a")).isFalse();
        long asked = versions.now();
        pass(KnownVersions.SETTLES_AFTER);
        assertThat(versions.read(JACK, NAME, "a", asked)).isTrue();
        assertThat(versions.settled(JACK, NAME)).isFalse();
    }

    @Test
    void namesTellTheNumber() {
        assertThat(NAME).isEqualTo("1-2026-11-25T10:00:00Z");
        assertThat(VersionName.number(NAME)).isEqualTo(1);
        assertThat(VersionName.of(12, null)).isEqualTo("12");
        assertThat(VersionName.number("12")).isEqualTo(12);
        assertThat(VersionName.number("12-old-digest")).isEqualTo(12);
        assertThat(VersionName.number("-3")).isZero();
        assertThat(VersionName.number("content-abc")).isZero();
        assertThat(VersionName.number("")).isZero();
    }
}
