package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The form of tokens: RFC 7515, section 7.1, without any leniency. */
class CompactJwsTest {
    private static final String HEADER = MadeToken.encode("{\"alg\":\"HS256\"}");

    private static @Nullable CompactJws parse(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        return CompactJws.parse(bytes, 0, bytes.length);
    }

    @Test
    void partsAreDecoded() {
        CompactJws token = Objects.requireNonNull(
                parse(MadeToken.encode("{\"kid\":\"k\u00e9y\",\"x\":{\"alg\":1},\"alg\":\"ES256\"}") + ".e30.AA"));

        assertThat(token.header()).isEqualTo(new CompactJws.Header(JwtAlgorithm.ES256, "k\u00e9y", false));
        assertThat(token.payload()).asString(StandardCharsets.UTF_8).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "HEADER",
                "HEADER.e30",
                "HEADER.e30.",
                ".e30.AA",
                "HEADER.e30.AA.",
                "HEADER.e30.AA.AA",
                "HEADER.e30.AA.AA.AA",
                " HEADER.e30.AA",
                "HEADER.e30=.AA",
                "HEADER.e31.AA",
                "HEADER.eB.AA",
                "HEADER.e3.e3=.AA",
                "HEADER.e30\n.AA",
                "HEADER.e.AA",
                "HEADER.e+0.AA",
                "HEADER.\u00e930.AA",
                "!.e30.AA",
                "bnVsbA.e30.AA",
                "W10.e30.AA",
                "e30e30.e30.AA",
                "{\"protected\":\"HEADER\",\"payload\":\"e30\",\"signature\":\"AA\"}",
                "Bearer HEADER.e30.AA"
            })
    void anythingElseIsNoToken(String token) {
        assertThat(parse(token.replace("HEADER", HEADER))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"HS256\",\"alg\":\"none\"}",
                "{\"alg\":\"HS256\",\"kid\":\"a\",\"kid\":\"b\"}",
                "{\"alg\":\"HS256\",\"x\":{\"a\":1,\"a\":2}}",
                "{\"alg\":\"HS256\"} ,",
                "{\"alg\":\"HS256\"}{}",
                "{\"alg\":\"HS256\"",
                "{'alg':'HS256'}",
                "{\"alg\":\"HS256\",}",
                "{\"alg\":\"HS256\",\"n\":01}",
                "{\"alg\":\"HS256\",\"n\":NaN}",
                "{\"alg\":\"HS256\"/**/}",
                "\ufeff{\"alg\":\"HS256\"}",
                "[\"alg\",\"HS256\"]",
                "\"HS256\"",
                ""
            })
    void headerIsStrictJsonWithEachNameOnce(String header) {
        assertThat(parse(MadeToken.encode(header) + ".e30.AA")).isNull();
    }

    @Test
    void headerIsUtf8() {
        assertThat(parse(MadeToken.encode("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_16BE)) + ".e30.AA"))
                .isNull();
        byte[] overlong = "{\"a\":\"xx\",\"alg\":\"HS256\"}".getBytes(StandardCharsets.US_ASCII);
        overlong[6] = (byte) 0xc0;
        overlong[7] = (byte) 0x80;
        assertThat(parse(MadeToken.encode(overlong) + ".e30.AA")).isNull();
        assertThat(parse(MadeToken.encode("{\"kid\":\"\ufffd\",\"alg\":\"HS256\"}") + ".e30.AA"))
                .isNotNull();
    }

    @Test
    void deepAndLongTokensAreRefused() {
        String deep = "{\"x\":" + "[".repeat(40) + "]".repeat(40) + "}";
        assertThat(parse(MadeToken.encode(deep) + ".e30.AA")).isNull();
        assertThat(parse(HEADER + ".e30." + "A".repeat(64 * 1024))).isNull();
        assertThat(parse(HEADER + ".e30." + "A".repeat(60 * 1024))).isNotNull();
    }

    /** The signature is looked at only when it is verified, as in APISIX, where the answers differ. */
    @Test
    void signatureThatIsNotBase64IsNoSignature() throws Exception {
        CompactJws token = Objects.requireNonNull(parse(HEADER + ".e30.!!"));

        assertThat(token.signedFor(new JwtVerifier.Shared(JwtAlgorithm.HS256, new byte[32])))
                .isFalse();
    }
}
