/** The command: the plan of the measurements and the report. */
@NullMarked
package dev.secretproviders.benchmarks.app;

import org.jspecify.annotations.NullMarked;
