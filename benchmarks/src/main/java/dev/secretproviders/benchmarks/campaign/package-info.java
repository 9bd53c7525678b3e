/** The rows, the order of their measurements, and the results. */
@NullMarked
package dev.secretproviders.benchmarks.campaign;

import org.jspecify.annotations.NullMarked;
