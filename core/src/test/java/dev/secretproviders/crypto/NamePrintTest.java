package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.Secret;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePrintTest {
    private final KeyDigester digester = new KeyDigester();

    /** The authors' own vectors: the key 00 to 0f, and the input 00, 01, 02 and so on. */
    @ParameterizedTest
    @CsvSource({
        "0, a3817f04ba25a8e66df67214c7550293",
        "1, da87c1d86b99af44347659119b22fc45",
        "7, a1f1ebbed8dbc153c0b84aa61ff08239",
        "8, 3b62a9ba6258f5610f83e264f31497b4",
        "9, 264499060ad9baabc47f8b02bb6d71ed",
        "15, 5493e99933b0a8117e08ec0f97cfc3d9",
        "16, 6ee2a4ca67b054bbfd3315bf85230577",
        "17, 473d06e8738db89854c066c47ae47740",
        "63, 5150d1772f50834a503e069a973fbd7c"
    })
    void isSipHashOf128Bits(int length, String expected) {
        byte[] bytes = new byte[length + 3];
        for (int i = 0; i < length; i++) {
            bytes[i + 2] = (byte) i;
        }
        long[] print = new long[NamePrint.LONGS];

        new NamePrint(0x0706050403020100L, 0x0f0e0d0c0b0a0908L).write(bytes, 2, length, print);

        byte[] written = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(print[0])
                .putLong(print[1])
                .array();
        assertThat(HexFormat.of().formatHex(written)).isEqualTo(expected);
    }

    private long[] printOf(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return digester.printOf(bytes, 0, bytes.length).clone();
    }

    @Test
    void digestOfANameHasItsPrint() {
        KeyDigest digest = digester.nameToKeep(Secret.ofUtf8("jack"));

        assertThat(digest)
                .isEqualTo(digester.digest(Secret.ofUtf8("jack")))
                .hasSameHashCodeAs(digester.digest(Secret.ofUtf8("jack")))
                .isInstanceOfSatisfying(NameDigest.class, name -> {
                    assertThat(name.isPrint(printOf("jack"))).isTrue();
                    assertThat(name.printHash()).isEqualTo(NameDigest.printHash(printOf("jack")));
                    assertThat(name.isPrint(printOf("rose"))).isFalse();
                });
        assertThat(digest).hasToString("KeyDigest[***]");
    }

    @Test
    void printsOfTwoProcessesDiffer() {
        byte[] jack = "jack".getBytes(StandardCharsets.UTF_8);

        assertThat(new KeyDigester().printOf(jack, 0, jack.length)).isNotEqualTo(printOf("jack"));
    }

    /** The digest of such a text is that of the key. A client must not be able to show the text in its place. */
    @Test
    void nameInTheFormOfAHashHasNoPrint() {
        assertThat(digester.nameToKeep(Secret.ofUtf8("sha256:" + "ab".repeat(32))))
                .isNotInstanceOf(NameDigest.class);
    }
}
