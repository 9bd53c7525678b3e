/**
 * The registry of configured providers, their objects, and what they may reach. Each secret manager has a module of its
 * own, and the modules do not depend on each other. Their contract is {@code dev.secretproviders.spi}. Users' jars add
 * further managers by the same contract.
 */
@NullMarked
package dev.secretproviders.provider;

import org.jspecify.annotations.NullMarked;
