package dev.secretproviders.dashboard.session;

import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One log-in of one browser. Its id, which the browser's cookie has, is not kept. Thread-safe.
 */
public final class Session {
    private static final int BYTES = 32;

    private final String handle;
    private final Identity identity;
    private final String address;
    private final Instant since;
    private final byte[] csrf;
    private volatile Instant lastSeen;
    private final AtomicReference<@Nullable Notice> notice = new AtomicReference<>();

    /**
     * A message for the next page.
     *
     * @param kind {@code done}, {@code warning} or {@code failed}
     */
    public record Notice(String kind, String text) {}

    Session(String handle, Identity identity, String address, Instant since, Secret csrf) {
        this.handle = handle;
        this.identity = identity;
        this.address = address;
        this.since = since;
        this.lastSeen = since;
        this.csrf = csrf.use(byte[]::clone);
    }

    /** Returns a name for lists of sessions, which is of no use as a cookie. */
    public String handle() {
        return handle;
    }

    /** Returns who logged in. */
    public Identity identity() {
        return identity;
    }

    /** Returns the address of the log-in. */
    public String address() {
        return address;
    }

    /** Returns when it began. */
    public Instant since() {
        return since;
    }

    /** Returns when the last request came. */
    public Instant lastSeen() {
        return lastSeen;
    }

    void seen(Instant now) {
        lastSeen = now;
    }

    /**
     * Returns a text that proves that a form comes from a page of this session. It is another text each time, so that the
     * size of compressed pages tells nothing about it.
     */
    public String formProof() {
        byte[] proof = new byte[2 * BYTES];
        byte[] pad = RandomSecrets.bytes(BYTES).use(byte[]::clone);
        System.arraycopy(pad, 0, proof, 0, BYTES);
        for (int i = 0; i < BYTES; i++) {
            proof[BYTES + i] = (byte) (proof[i] ^ csrf[i]);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(proof);
    }

    /** Returns whether a text is a proof of this session. Takes the same time for every wrong one of that length. */
    public boolean proves(@Nullable String presented) {
        if (presented == null) {
            return false;
        }
        byte[] proof;
        try {
            proof = Base64.getUrlDecoder().decode(presented.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (proof.length != 2 * BYTES) {
            return false;
        }
        byte[] given = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            given[i] = (byte) (proof[i] ^ proof[BYTES + i]);
        }
        return MessageDigest.isEqual(given, csrf);
    }

    /** Keeps a message for the next page. */
    public void notice(Notice next) {
        notice.set(next);
    }

    /** Returns the message for this page and forgets it. Null for none. */
    public @Nullable Notice takeNotice() {
        return notice.getAndSet(null);
    }

    @Override
    public String toString() {
        return "session " + handle + " of " + identity.key();
    }
}
