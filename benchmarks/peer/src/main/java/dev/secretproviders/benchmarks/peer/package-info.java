/** Filters for measurements of the official Java runner. */
@NullMarked
package dev.secretproviders.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
