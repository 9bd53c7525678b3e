/**
 * Secrets that users keep in the product itself. The sealed store holds their versions and values. {@link
 * dev.secretproviders.provider.local.LocalSecrets} changes them, and providers of the manager {@code local} read them.
 *
 * <p>In the store, {@code secret/<id>/<path>} holds the metadata of a secret and the values of its current version.
 * {@code secret-version/<id>/<path>/<n>} holds the values of an earlier one. A deleted secret leaves a tombstone with
 * the number of its last version. The tombstone makes references to it denied as deleted, rather than missing.
 */
@NullMarked
package dev.secretproviders.provider.local;

import org.jspecify.annotations.NullMarked;
