package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.BrowserRequest;
import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.load.Texts;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Consumers that each have one secret in a file, which is their key, their password, and their secret for tokens and for
 * signatures. Further consumers have the public key of a signer.
 *
 * @param credentials the consumers with secrets
 * @param signers whose tokens the further consumers show
 */
public record KindsFile(Credentials credentials, List<TokenSigner> signers) implements CredentialSource {
    /** How many consumers a signer has. */
    public static final int CONSUMERS_OF_SIGNER = 1_000;

    private static final String MAC = "HmacSHA256";
    /** The dates of the requests are valid for the longest measurement. */
    private static final String HMAC_CONF = "{\"clock_skew\":86400}";

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    /** Copies the list. */
    public KindsFile {
        signers = List.copyOf(signers);
    }

    @Override
    public SecretManager prepare(Path directory, Path config) throws IOException {
        KeyFile keys = new KeyFile(credentials);
        SecretManager manager = keys.prepare(directory, config);
        int count = credentials.count();
        // In the place of those with keys alone.
        Path _ = Consumers.write(
                directory,
                count + signers.size() * CONSUMERS_OF_SIGNER,
                i -> i < count
                        ? secrets(Credentials.name(i), keys.reference(i))
                        : publicKey(Credentials.name(i), signers.get((i - count) / CONSUMERS_OF_SIGNER)));
        return manager;
    }

    static String secrets(String name, String reference) {
        return Consumers.keyAuth(reference)
                + ",\"basic-auth\":{\"username\":\"%1$s\",\"password\":\"%2$s\"}".formatted(name, reference)
                + ",\"jwt-auth\":{\"key\":\"%1$s\",\"secret\":\"%2$s\"}".formatted(name, reference)
                + ",\"hmac-auth\":{\"key_id\":\"%1$s\",\"secret_key\":\"%2$s\"}".formatted(name, reference);
    }

    private static String publicKey(String name, TokenSigner signer) {
        return "\"jwt-auth\":{\"key\":\"%s\",\"algorithm\":\"%s\",\"public_key\":\"%s\"}"
                .formatted(name, signer.algorithm(), signer.publicKey().replace("\n", "\\n"));
    }

    @Override
    public String heap() {
        return "-Xmx1g";
    }

    /** Returns the name of a consumer of a signer. */
    public String nameOf(TokenSigner signer, int index) {
        return Credentials.name(
                credentials.count() + signers.indexOf(signer) * CONSUMERS_OF_SIGNER + index % CONSUMERS_OF_SIGNER);
    }

    /** Returns the workload of a signer's tokens. */
    public static Workload workload(TokenSigner signer) {
        return signer.algorithm() == TokenSigner.Algorithm.ES256 ? Workload.JWT_ES256 : Workload.JWT_RS256;
    }

    @Override
    public Map<Workload, Dialogue> dialogues() {
        Map<Workload, Dialogue> dialogues = CredentialSource.super.dialogues();
        dialogues.put(Workload.BASIC, authorized("secret-basic-auth", KindsFile::basic));
        dialogues.put(Workload.JWT_HS256, authorized("secret-jwt-auth", KindsFile::bearer));
        String date = DATE.format(Instant.now().atOffset(ZoneOffset.UTC));
        dialogues.put(Workload.HMAC, signed(date, "date"));
        dialogues.put(Workload.HMAC_WITH_TARGET, signed(date, "@request-target date"));
        for (TokenSigner signer : signers) {
            Texts names = Texts.of(CONSUMERS_OF_SIGNER, i -> nameOf(signer, i));
            Texts tokens = Texts.of(CONSUMERS_OF_SIGNER, i -> "Bearer " + signer.token(names.get(i), i));
            dialogues.put(
                    workload(signer),
                    new Dialogue(
                            RouteConf.of("secret-jwt-auth", "secret-jwt-auth", "{}"),
                            BrowserRequest::withAuthorization,
                            tokens,
                            names,
                            Expected.ACCEPTED));
        }
        return dialogues;
    }

    private Dialogue authorized(String filter, IntFunction<String> authorization) {
        return new Dialogue(
                RouteConf.of(filter, filter, "{}"),
                BrowserRequest::withAuthorization,
                credentials.sent(authorization),
                credentials.sentNames(),
                Expected.ACCEPTED);
    }

    private Dialogue signed(String date, String headers) {
        return new Dialogue(
                RouteConf.of("secret-hmac-auth", "secret-hmac-auth", HMAC_CONF),
                authorization -> BrowserRequest.signed(date, authorization),
                credentials.sent(i -> signature(i, date, headers)),
                credentials.sentNames(),
                Expected.ACCEPTED);
    }

    private static String signature(int index, String date, String headers) {
        String name = Credentials.name(index);
        String target = headers.equals("date") ? "" : "GET " + BrowserRequest.target() + "\n";
        byte[] signature = mac(Credentials.key(index), name + "\n" + target + "date: " + date + "\n");
        return "Signature keyId=\"%s\",algorithm=\"hmac-sha256\",headers=\"%s\",signature=\"%s\""
                .formatted(name, headers, Base64.getEncoder().encodeToString(signature));
    }

    /** Returns the header {@code Authorization} of a consumer's user name and password. */
    public static String basic(int index) {
        return "Basic " + base64(text(index));
    }

    /** Returns the header {@code Authorization} with a token of a consumer, by HS256. */
    public static String bearer(int index) {
        return "Bearer " + token(index);
    }

    private static String token(int index) {
        String signed = TokenSigner.unsigned("HS256", Credentials.name(index), index);
        return signed + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(mac(Credentials.key(index), signed));
    }

    private static String text(int index) {
        return Credentials.name(index) + ":" + Credentials.key(index);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] mac(String key, String text) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), MAC));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
