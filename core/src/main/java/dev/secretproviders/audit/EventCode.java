package dev.secretproviders.audit;

import java.util.Locale;

/**
 * The kind of event that an audit record describes. Codes are stable, so tools may rely on them. Success and failure
 * have separate codes ({@code provider.create} and {@code provider.create.failed}).
 */
public enum EventCode {
    PROVIDER_CREATE,
    PROVIDER_UPDATE,
    /** An edit despite references that would break. */
    PROVIDER_UPDATE_FORCED,
    PROVIDER_DELETE,
    /** A deletion despite references. */
    PROVIDER_DELETE_FORCED,
    /** A trial of an edit, which changed nothing; its credentials may have been sent. */
    PROVIDER_DRY_RUN,
    PROVIDER_TEST,
    PROVIDER_IMPORT,
    SECRET_CREATE,
    SECRET_UPDATE,
    SECRET_ROLLBACK,
    SECRET_DELETE,
    /** A version, or all versions, of a secret are denied on every runner. */
    SECRET_REVOKE,
    /** A revocation was ended. */
    SECRET_RESTORE,
    CERTIFICATE_CREATE,
    CERTIFICATE_UPDATE,
    CERTIFICATE_DELETE,
    /** A certificate was written to the gateway, or was refused there or by the checks before. */
    CERTIFICATE_WRITE,
    /** A certificate that something else had changed in the gateway was written again. */
    CERTIFICATE_REPAIR,
    /** A certificate was removed from the gateway, because its object is gone. */
    CERTIFICATE_REMOVE,
    /** A provider issued a certificate. */
    CERTIFICATE_ISSUE,
    /** A certificate ends soon, or has ended. */
    CERTIFICATE_EXPIRY,
    /** The private key of a certificate was written into a file on the runner's machine. */
    CERTIFICATE_EXPORT,
    TOKEN_CREATE,
    TOKEN_UPDATE,
    TOKEN_DELETE,
    /** The first admin token was replaced by another one. */
    TOKEN_RESET,
    LOGIN,
    /** A session of the dashboard was ended by who has it. */
    LOGOUT,
    /** A code was made that logs in to the dashboard once. */
    LOGIN_LINK,
    /** Sessions of the dashboard were ended by a caller who may do so. */
    SESSION_END,
    ACCESS_DENIED,
    REFRESH,
    /** A canary was rotated. */
    DRILL,
    REKEY,
    BACKUP,
    COMPACT,
    /** The configuration was read again and applied. */
    RELOAD,
    /** A backup was restored, or the store was accepted in its current state. */
    RESTORE,
    /** A store of an earlier version received its manifest. */
    MANIFEST_CREATE,
    AUDIT_EXPORT,
    /** Old records were removed. */
    AUDIT_RETIRE,
    /** Events could not be recorded. */
    AUDIT_LOSS,
    ACCESS_LOG_EXPORT,
    /** A credential begins to count, or no longer counts, by its labels or its secret. */
    CREDENTIAL_VALIDITY,
    RESOLUTION,
    ROTATION,
    RUNNER_START,
    /** Last-known-good was loaded from disk, or refused in whole or in part. */
    SNAPSHOT_LOAD;

    /**
     * Returns the code that records use, such as {@code provider.update-forced}, with {@code .failed} for a failure.
     */
    public String code(boolean success) {
        String name = name().toLowerCase(Locale.ROOT);
        int dot = name.indexOf('_');
        String code = dot < 0
                ? name
                : name.substring(0, dot) + "." + name.substring(dot + 1).replace('_', '-');
        return success ? code : code + ".failed";
    }
}
