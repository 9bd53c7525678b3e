/** Statistics of results. */
@NullMarked
package dev.secretproviders.benchmarks.statistics;

import org.jspecify.annotations.NullMarked;
