package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The header of a signature is read as APISIX reads it, however malformed it is. */
class SignatureFieldsTest {
    /** Lua's {@code %s*(%w+)="(.-)"}. */
    private static final Pattern FIELD = Pattern.compile("[\\s\\x0B]*([0-9A-Za-z]+)=\"(.*?)\"", Pattern.DOTALL);

    private static Map<String, String> read(String header) {
        byte[] bytes = ("before" + header + "after\",x=\"y\"").getBytes(StandardCharsets.ISO_8859_1);
        SignatureFields fields = SignatureFields.read(bytes, "before".length(), header.length());
        if (fields == null) {
            return Map.of("no", "signature");
        }
        Map<String, String> read = new HashMap<>();
        put(read, "keyId", bytes, fields.keyId());
        put(read, "algorithm", bytes, fields.algorithm());
        put(read, "headers", bytes, fields.headers());
        put(read, "signature", bytes, fields.signature());
        return read;
    }

    private static void put(Map<String, String> read, String name, byte[] bytes, long slice) {
        if (slice != RequestView.ABSENT) {
            read.put(
                    name,
                    new String(
                            bytes, RequestView.offset(slice), RequestView.length(slice), StandardCharsets.ISO_8859_1));
        }
    }

    /** Reads a header by the regular expression, as {@code retrieve_hmac_fields} does. */
    private static Map<String, String> readByPattern(String header) {
        if (!header.startsWith("Signature")) {
            return Map.of("no", "signature");
        }
        Map<String, String> read = new HashMap<>();
        for (String field : header.substring("Signature".length()).split(",", -1)) {
            Matcher matcher = FIELD.matcher(field);
            if (matcher.find() && matcher.group(1).matches("keyId|algorithm|headers|signature")) {
                read.put(matcher.group(1), matcher.group(2));
            }
        }
        return read;
    }

    @Test
    void fieldsAreSlicesOfTheHeader() {
        assertThat(read("Signature keyId=\"jack\",algorithm=\"hmac-sha256\",headers=\"a b\",signature=\"c2ln\""))
                .isEqualTo(Map.of("keyId", "jack", "algorithm", "hmac-sha256", "headers", "a b", "signature", "c2ln"));
    }

    @Provide
    Arbitrary<String> headers() {
        Arbitrary<String> pieces = Arbitraries.of(
                "keyId",
                "algorithm",
                "headers",
                "signature",
                "KeyId",
                "x",
                "=\"",
                "=",
                "\"",
                ",",
                " ",
                "\t",
                "jack",
                "hmac-sha256",
                "date @request-target",
                "c2ln=",
                "\u00e4",
                "\u0000",
                "keyId=\"jack\"",
                "signature=\"c2ln\"");
        return Arbitraries.of("Signature ", "Signature", "signature ", "Signatur", "Basic ", "")
                .flatMap(scheme -> pieces.list().ofMaxSize(14).map(list -> scheme + String.join("", list)));
    }

    @Property(tries = 20_000)
    void anyHeaderIsReadAsByApisix(@ForAll("headers") String header) {
        assertThat(read(header)).isEqualTo(readByPattern(header));
    }

    @Property(tries = 5_000)
    void anyBytesAreReadWithoutAnError(@ForAll byte[] rest) {
        assertThat(read("Signature" + new String(rest, StandardCharsets.ISO_8859_1)))
                .isNotNull();
    }
}
