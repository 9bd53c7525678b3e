/** Processes of the servers under measurement, their processors, and their costs. */
@NullMarked
package dev.secretproviders.benchmarks.process;

import org.jspecify.annotations.NullMarked;
