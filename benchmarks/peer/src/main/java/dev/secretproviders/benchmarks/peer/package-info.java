/** Filters that are loaded into the official Java runner, to measure it with. */
@NullMarked
package dev.secretproviders.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
