package dev.secretproviders.sink;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code audit.webhook} of the configuration.
 *
 * @param url where records are posted; https, or http on this machine
 * @param secret the key of the signature, or null if it is in the file
 * @param secretFile the file with that key, or null
 * @param timeout the time limit of one request
 * @param tls whom to trust, and our certificate
 */
public record WebhookSettings(
        URI url, @Nullable Secret secret, @Nullable Path secretFile, Duration timeout, TlsSettings tls) {
    /** The shortest key: 256 bits, as the output of SHA-256, if they are written as letters and digits. */
    static final int SHORTEST_SECRET = 32;

    private static final int LONGEST_SECRET = 1_024;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** Reads the section {@code webhook}; null if there is none, or if it has a problem, which goes to it. */
    static @Nullable WebhookSettings read(Settings audit, Map<String, String> environment) {
        if (!audit.has("webhook")) {
            return null;
        }
        Settings section = audit.section("webhook");
        URI url = PeerAddress.read(section, "url");
        Secret secret = EnvironmentSecret.read(section, "secret", environment);
        Path file = section.readableFile("secret-file");
        if (secret != null && file != null) {
            section.problem("secret-file", "cannot be set together with secret; keep one of them");
        } else if (secret == null && !section.has("secret-file")) {
            section.problem(
                    "secret-file",
                    "is required: a file with a key of " + SHORTEST_SECRET
                            + " characters or more, such as 'openssl rand -hex 32' prints");
        } else if (secret != null && secret.use(bytes -> bytes.length) < SHORTEST_SECRET) {
            section.problem("secret", "expected at least " + SHORTEST_SECRET + " characters");
        }
        Duration timeout = section.duration("timeout", TIMEOUT, SHORTEST);
        if (timeout.compareTo(LONGEST) > 0) {
            section.problem("timeout", "expected at most " + LONGEST.toSeconds() + "s");
        }
        TlsSettings tls = PeerTls.read(section.section("tls"));
        return url == null ? null : new WebhookSettings(url, secret, file, timeout, tls);
    }

    /**
     * Returns the key, read again from its file, so that a new one is used at once. The caller closes it.
     *
     * @throws IOException if the file cannot be used; the message does not quote it
     */
    Secret currentSecret() throws IOException {
        Path file = secretFile;
        if (file == null) {
            return Secret.ofUtf8(secret == null ? "" : secret.reveal());
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LONGEST_SECRET + 1);
        } catch (IOException e) {
            throw new IOException("the file of audit.webhook.secret-file cannot be read", e);
        }
        String text = new String(bytes, StandardCharsets.UTF_8).strip();
        Arrays.fill(bytes, (byte) 0);
        if (text.length() < SHORTEST_SECRET || text.length() > LONGEST_SECRET) {
            throw new IOException("the file of audit.webhook.secret-file does not have " + SHORTEST_SECRET + " to "
                    + LONGEST_SECRET + " characters");
        }
        return Secret.ofUtf8(text);
    }
}
