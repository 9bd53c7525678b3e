/**
 * The registry of configured providers, their objects, and what they may reach. Each secret manager has a module of its own; none knows
 * another. The contract with them is {@code dev.secretproviders.spi}. Others come from jars of the user's, by the same contract.
 */
@NullMarked
package dev.secretproviders.provider;

import org.jspecify.annotations.NullMarked;
