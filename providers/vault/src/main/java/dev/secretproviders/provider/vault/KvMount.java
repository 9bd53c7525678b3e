package dev.secretproviders.provider.vault;

/**
 * Where a KV engine is mounted.
 *
 * @param path the mount's path; Vault never mounts one engine below another
 */
record KvMount(VaultPath path, KvVersion version) {

    boolean holds(VaultPath secret) {
        return secret.length() > path.length() && secret.startsWith(path);
    }

    /** Returns the path to read the secret at. */
    VaultPath readPath(VaultPath secret) {
        return switch (version) {
            case V1 -> secret;
            case V2 -> path.resolve("data").resolve(secret.below(path.length()));
        };
    }

    /** Returns the path that tells the versions of a secret of a version 2 engine, without values. */
    VaultPath metadataPath(VaultPath secret) {
        return path.resolve("metadata").resolve(secret.below(path.length()));
    }
}
