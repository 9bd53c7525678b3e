/**
 * What protects the entries against others who can write to an engine. Both classes are a store over another store.
 *
 * <p>{@link dev.secretproviders.store.protection.SealedStore} encrypts and authenticates every value. {@link
 * dev.secretproviders.store.protection.VerifiedStore} adds the manifest, a hash tree over the protected records. It
 * detects an entry, or a whole store, that went back to an earlier state.
 */
@NullMarked
package dev.secretproviders.store.protection;

import org.jspecify.annotations.NullMarked;
