package dev.secretproviders.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of a secret as fetched.
 *
 * @param id the manager's name of this version (a number, a UUID, a digest); never derived from the value in a way that
 *     would tell it
 * @param createdAt when the manager says this version came to be, or null if it does not say
 * @param content the fields; whoever receives this object closes it
 */
public record SecretVersion(String id, @Nullable Instant createdAt, SecretContent content) {}
