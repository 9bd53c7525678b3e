/**
 * The contract tests for providers: extend {@link dev.secretproviders.spi.testkit.ProviderContract}. Needs JUnit Jupiter, AssertJ and
 * Jackson 3 on the test class path. {@code docs/tutorials/custom-providers.md} shows how to use it.
 */
@NullMarked
package dev.secretproviders.spi.testkit;

import org.jspecify.annotations.NullMarked;
