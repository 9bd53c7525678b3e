/**
 * The API for authors of secret managers: the {@link dev.secretproviders.spi.ProviderFactory} that makes a
 * {@link dev.secretproviders.spi.SecretProvider}, the schema and the reading of its fields, references, answers, and
 * {@link dev.secretproviders.spi.Secret}. It needs nothing but the JDK. {@code docs/tutorials/custom-providers.md} says
 * which of these types are stable.
 */
@NullMarked
package dev.secretproviders.spi;

import org.jspecify.annotations.NullMarked;
