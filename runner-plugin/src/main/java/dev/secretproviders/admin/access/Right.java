package dev.secretproviders.admin.access;

/** What a caller of the Admin API may do. */
public enum Right {
    /** See provider objects, masked, their schemas and how they do. */
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
    /** Change in spite of references that break. */
    FORCE,
    /** See which local secrets there are; their values nobody sees. */
    SECRET_READ,
    /** Write, roll back and delete local secrets. */
    SECRET_WRITE,
    /** See consumers and credentials, what refers to what, and findings. */
    REFERENCE_READ,
    /** Ask for secrets anew. */
    REFRESH,
    /** Rotate canaries. */
    DRILL,
    /** Deny a version of a secret on every runner. */
    REVOKE,
    /** Take a revocation back. */
    UNREVOKE,
    /** Have a reference explained that nobody uses yet. */
    EXPLAIN,
    /** Take over the gateway's own secret objects. */
    IMPORT,
    /** Read, verify and export the audit log. */
    AUDIT_READ,
    /** Create, change and delete tokens. */
    TOKEN_MANAGE,
    /** Replace the master key, make backups, see the state of store and module. */
    OPERATE
}
