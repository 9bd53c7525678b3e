/**
 * Cryptography: the FIPS module, master keys and sealing, and keyed digests that represent a secret wherever only
 * equality matters.
 */
@NullMarked
package dev.secretproviders.crypto;

import org.jspecify.annotations.NullMarked;
