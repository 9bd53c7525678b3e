/**
 * The contract between the resolver and one secret manager, and the registry of configured providers. Each manager has a
 * package of its own below this one; none knows another. Others come from jars of the user's, by the same contract: {@code
 * docs/custom-providers.md} says which of these types are stable.
 */
@NullMarked
package dev.secretproviders.provider;

import org.jspecify.annotations.NullMarked;
