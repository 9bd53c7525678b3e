package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.vault.KnownVersions.Stamp;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Metadata stand for a value only once nothing else can have the same. */
class KnownVersionsTest {
    private static final SecretPath JACK = SecretPath.current("jack");
    private static final Stamp FIRST = new Stamp(1, Instant.parse("2026-11-25T10:00:00Z"));
    private static final Stamp LATER = new Stamp(1, Instant.parse("2026-11-25T10:00:01Z"));

    /** Below zero, as {@link System#nanoTime} may be. */
    private long nanos = Duration.ofDays(-365).toNanos();

    private final KnownVersions versions = new KnownVersions(() -> nanos);

    private void read(String name, Stamp stamp) {
        versions.read(JACK, name, stamp, versions.now());
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void valueIsReadTwiceBeforeMetadataAreEnough() {
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
        read("1-a", FIRST);
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
        pass(KnownVersions.SETTLES_AFTER.minusNanos(1));
        read("1-a", FIRST);
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
        pass(Duration.ofNanos(1));
        read("1-a", FIRST);
        assertThat(versions.stampOf(JACK, "1-a")).isEqualTo(FIRST);
        read("1-a", FIRST);
        assertThat(versions.stampOf(JACK, "1-a")).isEqualTo(FIRST);
        assertThat(versions.stampOf(JACK, "1-b")).isNull();
        assertThat(versions.stampOf(SecretPath.current("kate"), "1-a")).isNull();
    }

    @Test
    void anotherValueWithTheSameMetadataBeginsAnew() {
        read("1-a", FIRST);
        pass(KnownVersions.SETTLES_AFTER);
        read("1-b", FIRST);
        assertThat(versions.stampOf(JACK, "1-b")).isNull();
        pass(KnownVersions.SETTLES_AFTER);
        read("1-b", FIRST);
        assertThat(versions.stampOf(JACK, "1-b")).isEqualTo(FIRST);
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
    }

    @Test
    void sameValueWithOtherMetadataBeginsAnew() {
        read("1-a", FIRST);
        pass(KnownVersions.SETTLES_AFTER);
        read("1-a", LATER);
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
    }

    @Test
    void answerThatTookLongCountsFromTheQuestion() {
        read("1-a", FIRST);
        long asked = versions.now();
        pass(KnownVersions.SETTLES_AFTER);
        versions.read(JACK, "1-a", FIRST, asked);
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
    }

    @Test
    void whatIsUsedStaysAndWhatNobodyAsksForIsForgotten() {
        read("1-a", FIRST);
        pass(KnownVersions.SETTLES_AFTER);
        read("1-a", FIRST);
        pass(KnownVersions.FORGOTTEN_AFTER.minusSeconds(1));
        assertThat(versions.stampOf(JACK, "1-a")).isEqualTo(FIRST);
        pass(KnownVersions.FORGOTTEN_AFTER.minusSeconds(1));
        assertThat(versions.stampOf(JACK, "1-a")).isEqualTo(FIRST);
        pass(KnownVersions.FORGOTTEN_AFTER);
        assertThat(versions.stampOf(JACK, "1-a")).isNull();
    }
}
