package dev.secretproviders.spi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Names versions of secrets for managers without version numbers (files, environment variables, Vault's KV version 1).
 * The name is HMAC-SHA-256 of the content, cut to 128 bits, under a random key of this object. Equal content has an
 * equal name, and a name does not help to guess a value. Times and sizes of files would miss a change within one clock
 * tick.
 *
 * <p>Thread-safe.
 */
public final class ContentDigester {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEPT_BYTES = 16;
    private static final String MARK = "content-";
    private static final Pattern LOCAL_PART = Pattern.compile("(?:^|-)" + MARK + "[0-9a-f]+$");

    private final SecretKeySpec key;

    /** Creates a digester with a new random key. */
    public ContentDigester() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, ALGORITHM);
        Arrays.fill(random, (byte) 0);
    }

    /** Returns the name of the version with this content. */
    public String version(SecretContent content) {
        Map<String, Secret> fields = new TreeMap<>();
        content.forEach((name, value) -> fields.put(name == null ? "" : "." + name, value));
        Mac mac = newMac();
        fields.forEach((name, value) -> {
            add(mac, name.getBytes(StandardCharsets.UTF_8));
            value.use(bytes -> add(mac, bytes));
        });
        return MARK + HexFormat.of().formatHex(mac.doFinal(), 0, KEPT_BYTES);
    }

    /** Adds length and bytes, so that moving a character from a value to its neighbour changes the digest. */
    private static Mac add(Mac mac, byte[] bytes) {
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        mac.update(bytes);
        return mac;
    }

    /**
     * Returns the part of a version's name that is the same on all runners and after a restart. It leaves out a digest
     * that was made here. Returns null if nothing is left.
     */
    public static @Nullable String sharedName(String version) {
        Matcher local = LOCAL_PART.matcher(version);
        if (!local.find()) {
            return version;
        }
        return local.start() == 0 ? null : version.substring(0, local.start());
    }

    /** Returns a version's name to show: the manager's name, or a fixed word if the manager has none. */
    public static String shownName(String version) {
        String shared = sharedName(version);
        return shared == null ? "(unnamed)" : shared;
    }

    private Mac newMac() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
        }
    }
}
