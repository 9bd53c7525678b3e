package dev.secretproviders.provider.vault;

/**
 * The mount of a KV engine.
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

    /** Returns the path of the version metadata of a secret in a version 2 engine, which holds no values. */
    VaultPath metadataPath(VaultPath secret) {
        return path.resolve("metadata").resolve(secret.below(path.length()));
    }
}
