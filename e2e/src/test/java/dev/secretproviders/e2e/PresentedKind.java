package dev.secretproviders.e2e;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RouteConf;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A kind of credential as clients present it, of the consumer with the same name. */
enum PresentedKind {
    KEY("secret-key-auth") {
        @Override
        String plugin(String user, String secret) {
            return "key-auth: {key: \"%s\"}".formatted(secret);
        }

        @Override
        GatewayRequest request(String target, String user, String secret) {
            return GatewayRequest.get(target).header("apikey", secret);
        }
    },
    PASSWORD("secret-basic-auth") {
        @Override
        String plugin(String user, String secret) {
            return "basic-auth: {username: %s, password: \"%s\"}".formatted(user, secret);
        }

        @Override
        GatewayRequest request(String target, String user, String secret) {
            String both = Base64.getEncoder().encodeToString(bytes(user + ":" + secret));
            return GatewayRequest.get(target).header("authorization", "Basic " + both);
        }
    },
    TOKEN("secret-jwt-auth") {
        @Override
        String plugin(String user, String secret) {
            return "jwt-auth: {key: %s, secret: \"%s\"}".formatted(user, secret);
        }

        @Override
        GatewayRequest request(String target, String user, String secret) {
            return token(target, "HS256", user, signed -> mac(secret, signed));
        }
    },
    TOKEN_OF_KEY_PAIR("secret-jwt-auth") {
        @Override
        String plugin(String user, String secret) {
            return "jwt-auth: {key: %s, algorithm: ES256, public_key: \"%s\"}".formatted(user, secret);
        }

        @Override
        Shown shown(String target, String user, String text) {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec("secp256r1"));
                KeyPair pair = generator.generateKeyPair();
                String pem = "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'})
                                .encodeToString(pair.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n";
                return new Shown(pem, token(target, "ES256", user, signed -> signature(pair.getPrivate(), signed)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        GatewayRequest request(String target, String user, String secret) {
            throw new UnsupportedOperationException("only the owner of the private key signs");
        }
    },
    SIGNATURE("secret-hmac-auth") {
        @Override
        String plugin(String user, String secret) {
            return "hmac-auth: {key_id: %s, secret_key: \"%s\"}".formatted(user, secret);
        }

        @Override
        GatewayRequest request(String target, String user, String secret) {
            String date = date(Instant.now());
            String text = user + "\nGET " + target + "\ndate: " + date + "\n";
            String fields = "keyId=\"%s\",algorithm=\"hmac-sha256\",headers=\"@request-target date\",signature=\"%s\""
                    .formatted(user, Base64.getEncoder().encodeToString(mac(secret, text)));
            return GatewayRequest.get(target).header("date", date).header("authorization", "Signature " + fields);
        }
    };

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private final String filter;

    PresentedKind(String filter) {
        this.filter = filter;
    }

    /**
     * A secret and a request that it makes valid.
     *
     * @param written what the secret manager holds
     */
    record Shown(String written, GatewayRequest request) {}

    /** Signs a text. */
    @FunctionalInterface
    interface Signing {
        byte[] sign(String text);
    }

    /** Returns a time as a header has it (RFC 9110): days have two digits, unlike in Java's own form of RFC 1123. */
    static String date(Instant time) {
        return DATE.format(time.atOffset(ZoneOffset.UTC));
    }

    /** Returns the name of the consumer, which is also its user name or key id. */
    String user() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the name of the filter, and of the companion's plugin. */
    String filter() {
        return filter;
    }

    RouteConf route() {
        return RouteConf.of(user(), filter, "{}");
    }

    /** Returns the plugin of the consumer of this kind with a secret, in YAML. */
    String plugin(String secret) {
        return plugin(user(), secret);
    }

    /** Returns the plugin of a consumer with a secret, in YAML. */
    abstract String plugin(String user, String secret);

    /** Returns a request of a consumer with a secret. */
    abstract GatewayRequest request(String target, String user, String secret);

    /** Returns a secret with a text in it, as far as the kind lets one choose it, and its request. */
    Shown shown(String text) {
        return shown("/orders", user(), text);
    }

    /** As above, for a target and a consumer. */
    Shown shown(String target, String user, String text) {
        return new Shown(text, request(target, user, text));
    }

    private static GatewayRequest token(String target, String algorithm, String user, Signing signing) {
        String signed = url(bytes("{\"alg\":\"%s\"}".formatted(algorithm))) + "."
                + url(bytes("{\"key\":\"%s\"}".formatted(user)));
        return GatewayRequest.get(target).header("authorization", "Bearer " + signed + "." + url(signing.sign(signed)));
    }

    private static byte[] signature(PrivateKey key, String text) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(key);
            signature.update(bytes(text));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] mac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes(secret), "HmacSHA256"));
            return mac.doFinal(bytes(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
