package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.RequestView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Signatures made by Python's hmac, by openssl and by Go. {@code core/src/test/signatures/make} made them. */
class SignaturesOfOthersTest {
    static Stream<Arguments> signatures() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(SignaturesOfOthersTest.class.getResourceAsStream("signatures.json"))) {
            return JsonMapper.shared()
                    .readTree(file)
                    .valueStream()
                    .flatMap(signed -> Stream.of("python", "openssl", "go")
                            .map(maker -> argumentSet(
                                    maker + ", " + signed.get("algorithm").asString() + ", "
                                            + signed.get("request").asString() + ", secret of "
                                            + signed.get("secret").asString().length(),
                                    signed,
                                    signed.get(maker).asString())));
        }
    }

    private static boolean accepts(JsonNode signed, String secret, String signature) {
        String header = "Signature keyId=\"jack-id\",algorithm=\""
                + signed.get("algorithm").asString() + "\",headers=\""
                + signed.get("names").asString() + "\",signature=\"" + signature + "\"";
        ListedRequest request =
                new ListedRequest().method(signed.get("method").asString()).header("authorization", header);
        signed.get("headers")
                .forEach(entry ->
                        request.header(entry.get(0).asString(), entry.get(1).asString()));
        long slice = request.header("authorization".getBytes(StandardCharsets.US_ASCII));
        SignatureFields fields = Objects.requireNonNull(
                SignatureFields.read(request.bytes(), RequestView.offset(slice), RequestView.length(slice)));
        HmacAlgorithm algorithm = Objects.requireNonNull(HmacAlgorithm.named(
                request.bytes(), RequestView.offset(fields.algorithm()), RequestView.length(fields.algorithm())));
        byte[] bytes = SignatureText.decode(request.bytes(), fields.signature(), algorithm.length());
        return bytes != null
                && new HmacProof(secret.getBytes(StandardCharsets.UTF_8))
                        .signed(
                                algorithm,
                                signer -> SigningText.addTo(
                                        signer,
                                        fields,
                                        request,
                                        signed.get("target").asString().getBytes(StandardCharsets.UTF_8)),
                                bytes);
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void signatureOfAnotherMakerIsRight(JsonNode signed, String signature) {
        String secret = signed.get("secret").asString();
        assertThat(accepts(signed, secret, signature)).isTrue();
        assertThat(accepts(signed, secret + "x", signature)).isFalse();
        char first = signature.charAt(0) == 'A' ? 'B' : 'A';
        assertThat(accepts(signed, secret, first + signature.substring(1))).isFalse();
    }
}
