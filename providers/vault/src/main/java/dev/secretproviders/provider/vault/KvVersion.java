package dev.secretproviders.provider.vault;

/** The versions of Vault's KV secrets engine. */
enum KvVersion {
    /** Keeps the current value only. */
    V1,
    /** Keeps versions with their times; adds {@code data} between the mount and the path. */
    V2
}
