package dev.secretproviders.audit;

import java.util.Locale;

/**
 * What an audit record is about. The codes are stable: tools may rely on them. Success and failure have a code each ({@code
 * provider.create} and {@code provider.create.failed}).
 */
public enum EventCode {
    PROVIDER_CREATE,
    PROVIDER_UPDATE,
    /** An edit in spite of references that would break. */
    PROVIDER_UPDATE_FORCED,
    PROVIDER_DELETE,
    /** A deletion in spite of references. */
    PROVIDER_DELETE_FORCED,
    /** An edit was tried without being made; its credentials may have been sent. */
    PROVIDER_DRY_RUN,
    PROVIDER_TEST,
    PROVIDER_IMPORT,
    SECRET_CREATE,
    SECRET_UPDATE,
    SECRET_ROLLBACK,
    SECRET_DELETE,
    /** A version, or all of them, is denied everywhere. */
    SECRET_REVOKE,
    /** A revocation was taken back. */
    SECRET_RESTORE,
    TOKEN_CREATE,
    TOKEN_UPDATE,
    TOKEN_DELETE,
    /** The first admin token was ended, and another one made in its place. */
    TOKEN_RESET,
    LOGIN,
    ACCESS_DENIED,
    REFRESH,
    /** A canary was rotated. */
    DRILL,
    REKEY,
    BACKUP,
    COMPACT,
    /** The configuration was read again and put in force. */
    RELOAD,
    /** A backup was put back, or the store was accepted as it is. */
    RESTORE,
    /** The store was written by an earlier version and got its manifest. */
    MANIFEST_CREATE,
    AUDIT_EXPORT,
    /** Old records were removed. */
    AUDIT_RETIRE,
    /** Events could not be recorded. */
    AUDIT_LOSS,
    RESOLUTION,
    ROTATION,
    RUNNER_START,
    /** Last-known-good was taken over from disk, or refused in whole or in part. */
    SNAPSHOT_LOAD;

    /** Returns the code as it stands in records: {@code provider.update-forced}, with {@code .failed} for a failure. */
    public String code(boolean success) {
        String name = name().toLowerCase(Locale.ROOT);
        int dot = name.indexOf('_');
        String code = dot < 0
                ? name
                : name.substring(0, dot) + "." + name.substring(dot + 1).replace('_', '-');
        return success ? code : code + ".failed";
    }
}
