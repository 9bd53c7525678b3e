/**
 * Secrets that users keep in the product itself: versions with their values in the (sealed) store, changed by {@link
 * dev.secretproviders.provider.local.LocalSecrets} and read by providers of the manager {@code local}.
 *
 * <p>In the store, {@code secret/<id>/<path>} holds what is known of a secret and the values of its current version, {@code
 * secret-version/<id>/<path>/<n>} the values of an earlier one. A deleted secret leaves a tombstone with the number of its last
 * version, so that it is denied and never mistaken for one that was never there.
 */
@NullMarked
package dev.secretproviders.provider.local;

import org.jspecify.annotations.NullMarked;
