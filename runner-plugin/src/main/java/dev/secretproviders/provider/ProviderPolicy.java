package dev.secretproviders.provider;

import java.time.Duration;

/** Temporary twin of the providers branch's record. */
public record ProviderPolicy(
        Duration timeout,
        Duration ttl,
        Duration negativeTtl,
        Duration staleTtl,
        Duration overlap,
        int maxConcurrency) {}
