/**
 * What kinds of credentials other than keys cost on the wire, and how fast certificates reach the gateway: {@code
 * scripts/bench --kinds}.
 */
@NullMarked
package dev.secretproviders.benchmarks.kinds;

import org.jspecify.annotations.NullMarked;
