package dev.secretproviders.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Base64 as nginx decodes it. */
final class BasicHeaderTest {
    private final Random random = new Random(7);

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Returns what the text decodes to, or null if it is not base64. */
    private static byte @Nullable [] decoded(byte[] text) {
        byte[] around = new byte[text.length + 8];
        Arrays.fill(around, (byte) 'A');
        System.arraycopy(text, 0, around, 3, text.length);
        byte[] into = new byte[text.length];
        int size = BasicHeader.decode(around, 3, 3 + text.length, into);
        return size < 0 ? null : Arrays.copyOf(into, size);
    }

    @Test
    void everyLengthIsDecodedWithAndWithoutPadding() {
        for (int length = 0; length < 200; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            assertThat(decoded(Base64.getEncoder().encode(bytes))).isEqualTo(bytes);
            assertThat(decoded(Base64.getEncoder().withoutPadding().encode(bytes)))
                    .isEqualTo(bytes);
        }
    }

    @Test
    void whatFollowsAnEqualsSignIsIgnoredWhereverItStands() {
        assertThat(decoded(ascii("TWFuTWE=\u00ff?!"))).isEqualTo(ascii("ManMa"));
        assertThat(decoded(ascii("TWFu=TWFu"))).isEqualTo(ascii("Man"));
        assertThat(decoded(ascii("TW=FuTWFu"))).isEqualTo(ascii("M"));
        assertThat(decoded(ascii("====TWFu"))).isEmpty();
    }

    @Test
    void oneCharacterBeyondAGroupIsNoBase64() {
        assertThat(decoded(ascii("TWFuT"))).isNull();
        assertThat(decoded(ascii("T==="))).isNull();
        assertThat(decoded(ascii("T"))).isNull();
    }

    @Test
    void anotherCharacterIsFoundAtEveryPlace() {
        for (int length = 1; length < 20; length++) {
            for (int at = 0; at < length; at++) {
                for (int character = 0; character < 256; character++) {
                    boolean known = character < 128
                            && (Character.isLetterOrDigit(character) || character == '+' || character == '/');
                    byte[] text = new byte[length];
                    Arrays.fill(text, (byte) 'Q');
                    text[at] = (byte) character;
                    if (character != '=') {
                        assertThat(decoded(text) == null).isEqualTo(!known || length % 4 == 1);
                    }
                }
            }
        }
    }
}
