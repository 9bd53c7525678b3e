package dev.secretproviders.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of a secret as fetched. The receiver closes its content.
 *
 * <p>As thread-safe as its content.
 */
public final class SecretVersion {
    private final String id;
    private final @Nullable Instant createdAt;
    private final SecretContent content;

    private SecretVersion(String id, @Nullable Instant createdAt, SecretContent content) {
        this.id = id;
        this.createdAt = createdAt;
        this.content = content;
    }

    /** Returns a version without a time of creation. */
    public static SecretVersion of(String id, SecretContent content) {
        return new SecretVersion(id, null, content);
    }

    /**
     * Returns a version.
     *
     * @param id the manager's name of this version (a number, a UUID, a digest); it must not reveal the value
     * @param createdAt when the manager says this version was created, or null if it does not say
     * @param content the values, which the receiver of the version closes
     */
    public static SecretVersion of(String id, @Nullable Instant createdAt, SecretContent content) {
        return new SecretVersion(id, createdAt, content);
    }

    /** Returns the manager's name of this version. */
    public String id() {
        return id;
    }

    /** Returns when the manager says this version was created, or null if it does not say. */
    public @Nullable Instant createdAt() {
        return createdAt;
    }

    /** Returns the values. */
    public SecretContent content() {
        return content;
    }

    /** Returns its id and the number of values, without the values. */
    @Override
    public String toString() {
        return "SecretVersion[" + id + ", " + content + "]";
    }
}
