/**
 * The contract between the resolver and one secret manager, and the registry of configured providers. Each manager has a
 * package of its own below this one; none knows another.
 */
@NullMarked
package dev.secretproviders.provider;

import org.jspecify.annotations.NullMarked;
