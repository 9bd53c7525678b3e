package dev.secretproviders.admin.access;

/** What a caller of the Admin API may do. */
public enum Right {
    /** See provider objects with secrets masked, their schemas and their status. */
    PROVIDER_READ,
    /** Create and edit provider objects. */
    PROVIDER_WRITE,
    /** Delete provider objects. */
    PROVIDER_DELETE,
    /** Have a provider connect, log in and read. */
    PROVIDER_TEST,
    /** Let a provider's credential refer to the secrets of another provider. */
    PROVIDER_USE,
    /** Use the environment, files and the identity of the runner's own process or machine in a provider object. */
    AMBIENT_IDENTITY,
    /** Make a change although it breaks references. */
    FORCE,
    /** See which local secrets exist. No right shows their values. */
    SECRET_READ,
    /** Write, roll back and delete local secrets. */
    SECRET_WRITE,
    /** See certificate objects and how they are doing. No right shows a private key. */
    CERTIFICATE_READ,
    /** Write and delete certificate objects. The runner then writes to the gateway. */
    CERTIFICATE_WRITE,
    /** See consumers and credentials, what refers to what, and findings. */
    REFERENCE_READ,
    /** Have secrets fetched again. */
    REFRESH,
    /** Rotate canaries. */
    DRILL,
    /** Deny a version of a secret on every runner. */
    REVOKE,
    /** Withdraw a revocation. */
    UNREVOKE,
    /** Have a reference explained that is not in use yet. */
    EXPLAIN,
    /** Import the gateway's own secret objects. */
    IMPORT,
    /** Read, verify and export the audit log and the access log. */
    AUDIT_READ,
    /** Create, change and delete tokens. */
    TOKEN_MANAGE,
    /** Replace the master key, make backups, see the state of the store and the cryptographic module. */
    OPERATE
}
