package dev.secretproviders.benchmarks.subject;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.benchmarks.load.Texts;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CredentialsTest {
    @Test
    void noTwoKeysAreTheSameAndNoStrangerHasOne() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            assertThat(keys.add(Credentials.key(i))).isTrue();
            assertThat(keys.add(Credentials.stranger(i))).isTrue();
        }
    }

    @Test
    void keysAndNamesGoTogetherAndAllAreSentWhereThereAreFew() {
        Credentials credentials = new Credentials(100);
        Texts keys = credentials.sentKeys();
        Texts names = credentials.sentNames();
        Set<String> sent = new HashSet<>();
        for (int i = 0; i < keys.count(); i++) {
            int index = Integer.parseInt(names.get(i).replaceAll("\\D", ""));
            assertThat(keys.get(i)).isEqualTo(Credentials.key(index));
            sent.add(keys.get(i));
        }

        assertThat(sent).hasSize(100);
    }
}
