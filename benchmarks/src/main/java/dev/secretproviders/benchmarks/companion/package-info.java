/**
 * Measures the costs of the plugin for APISIX and the delay of revocations, in nginx with its Lua module and our
 * runner. Needs {@code wrk}, which sends the load.
 */
@NullMarked
package dev.secretproviders.benchmarks.companion;

import org.jspecify.annotations.NullMarked;
