/** Which rows are measured, in which order, and what was measured. */
@NullMarked
package dev.secretproviders.benchmarks.campaign;

import org.jspecify.annotations.NullMarked;
