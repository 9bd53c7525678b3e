package dev.secretproviders.validity;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Within which times a credential counts. Immutable and thread-safe.
 *
 * @param notBefore from when it counts, in milliseconds since 1970; {@link Long#MIN_VALUE} for always
 * @param expiresAt from when it no longer counts, in milliseconds since 1970; {@link Long#MAX_VALUE} for never
 * @param disabled whether it does not count at all
 * @param problem why the validity cannot be read, so that the credential does not count at all; null if it can
 */
public record Validity(
        long notBefore,
        long expiresAt,
        boolean disabled,
        @Nullable String problem) {
    /** Without any bounds. */
    public static final Validity UNLIMITED = new Validity(Long.MIN_VALUE, Long.MAX_VALUE, false, null);

    /** The names of the labels and fields. */
    public static final List<String> NAMES =
            List.of(ValidityReader.NOT_BEFORE, ValidityReader.EXPIRES_AT, ValidityReader.DISABLED);

    /** What the validity says about one moment, by the names that the Admin API has in lower case. */
    public enum State {
        VALID,
        /** Its time has not begun. */
        NOT_YET,
        EXPIRED,
        DISABLED,
        /** Its validity cannot be read. */
        UNREADABLE
    }

    /** Creates the validity with which nothing counts, because of a problem. */
    public static Validity unreadable(String problem) {
        return new Validity(Long.MIN_VALUE, Long.MAX_VALUE, false, problem);
    }

    /**
     * Reads a validity from labels; {@link #UNLIMITED} if none of them is about it.
     *
     * @param owner whose labels they are, for the problem: {@code consumer} or {@code credential}
     */
    public static Validity ofLabels(String owner, Function<String, @Nullable String> labels) {
        return ValidityReader.read("the " + owner + "'s label ", true, labels);
    }

    /**
     * Reads a validity from the fields of a secret; {@link #UNLIMITED} if none of them is about it. A problem holds
     * nothing of their values.
     */
    public static Validity ofFields(Function<String, @Nullable String> fields) {
        return ValidityReader.read("the secret's field ", false, fields);
    }

    /** Returns whether there are no bounds. */
    public boolean isUnlimited() {
        return notBefore == Long.MIN_VALUE && expiresAt == Long.MAX_VALUE && !disabled && problem == null;
    }

    /** Returns what holds if both hold: the later beginning and the earlier end. */
    public Validity and(Validity other) {
        if (other.isUnlimited() || equals(other)) {
            return this;
        }
        if (isUnlimited()) {
            return other;
        }
        long from = Math.max(notBefore, other.notBefore);
        long until = Math.min(expiresAt, other.expiresAt);
        String wrong = problem == null ? other.problem : problem;
        if (wrong == null && from >= until) {
            wrong = "the limits of the consumer, the credential and its secrets leave no time: not_before is "
                    + time(from) + ", expires_at is " + time(until)
                    + "; write a later expires_at or an earlier not_before";
        }
        return new Validity(from, until, disabled || other.disabled, wrong);
    }

    /** Returns this without its times: whether the credential counts at all. */
    public Validity withoutTimes() {
        return disabled || problem != null
                ? new Validity(Long.MIN_VALUE, Long.MAX_VALUE, disabled, problem)
                : UNLIMITED;
    }

    /** Returns what holds at a moment, in milliseconds since 1970. */
    public State at(long millis) {
        if (problem != null) {
            return State.UNREADABLE;
        }
        if (disabled) {
            return State.DISABLED;
        }
        if (millis >= expiresAt) {
            return State.EXPIRED;
        }
        return millis < notBefore ? State.NOT_YET : State.VALID;
    }

    /** Returns for how many milliseconds it lasts from a moment on; {@link Long#MAX_VALUE} if without end. */
    public long left(long millis) {
        return expiresAt == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, expiresAt - millis);
    }

    /** Returns when it begins, or null if it always has. */
    public @Nullable Instant begin() {
        return notBefore == Long.MIN_VALUE ? null : Instant.ofEpochMilli(notBefore);
    }

    /** Returns when it ends, or null if it does not. */
    public @Nullable Instant end() {
        return expiresAt == Long.MAX_VALUE ? null : Instant.ofEpochMilli(expiresAt);
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
