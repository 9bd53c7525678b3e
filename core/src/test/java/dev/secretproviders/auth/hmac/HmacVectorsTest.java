package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.peers.TestVectors;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Wycheproof's right, changed and cut codes of each algorithm, since {@link Signer} builds HMAC from a digest. */
class HmacVectorsTest {
    @ParameterizedTest
    @CsvSource({"SHA1, hmac_sha1_test.json", "SHA256, hmac_sha256_test.json", "SHA512, hmac_sha512_test.json"})
    void onlyTheWholeAndRightCodeIsAccepted(HmacAlgorithm algorithm, String file) {
        JsonNode groups = JsonMapper.shared()
                .readTree(TestVectors.wycheproof(file).toFile())
                .get("testGroups");
        assertThat(groups).isNotEmpty();
        for (JsonNode group : groups) {
            boolean whole = group.get("tagSize").asInt() == algorithm.length() * Byte.SIZE;
            for (JsonNode test : group.get("tests")) {
                byte[] message = bytes(test, "msg");
                assertThat(new HmacProof(bytes(test, "key"))
                                .signed(
                                        algorithm,
                                        signer -> signer.add(message, 0, message.length),
                                        bytes(test, "tag")))
                        .as("%s %s: %s", file, test.get("tcId"), test.get("comment"))
                        .isEqualTo(whole && test.get("result").asString().equals("valid"));
            }
        }
    }

    private static byte[] bytes(JsonNode test, String field) {
        return HexFormat.of().parseHex(test.get(field).asString());
    }
}
