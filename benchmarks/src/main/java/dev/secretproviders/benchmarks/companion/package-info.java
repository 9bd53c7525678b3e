/**
 * What the plugin for APISIX costs and how soon it forgets, in nginx with its Lua module before our runner. Needs {@code wrk}, which
 * drives it.
 */
@NullMarked
package dev.secretproviders.benchmarks.companion;

import org.jspecify.annotations.NullMarked;
