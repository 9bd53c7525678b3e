/**
 * Secrets in memory and what is derived from them: the {@link dev.secretproviders.spi.Secret} type, which never prints
 * its value, and keyed digests that stand for a secret wherever only equality matters.
 */
@NullMarked
package dev.secretproviders.crypto;

import org.jspecify.annotations.NullMarked;
