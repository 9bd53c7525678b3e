package dev.secretproviders.provider.gcp;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** A service account's key as Google hands it out. */
record ServiceAccountKey(PublicKey publicKey, String pem) {

    static ServiceAccountKey create() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair pair = generator.generateKeyPair();
            String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(pair.getPrivate().getEncoded());
            return new ServiceAccountKey(
                    pair.getPublic(), "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the JSON file. */
    String file(String tokenUri) {
        return JsonMapper.builder()
                .build()
                .writeValueAsString(Map.of(
                        "type",
                        "service_account",
                        "project_id",
                        "p",
                        "private_key",
                        pem,
                        "client_email",
                        "runner@p.example",
                        "token_uri",
                        tokenUri));
    }

    /** Does not print the key. */
    @Override
    public String toString() {
        return "ServiceAccountKey";
    }
}
