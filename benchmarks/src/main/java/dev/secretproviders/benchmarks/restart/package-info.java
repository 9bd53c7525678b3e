/**
 * Restarts under a steady load: a takeover, a killed runner whose sockets are kept, and a reload of the gateway ({@code
 * scripts/bench --restart}).
 */
@NullMarked
package dev.secretproviders.benchmarks.restart;

import org.jspecify.annotations.NullMarked;
