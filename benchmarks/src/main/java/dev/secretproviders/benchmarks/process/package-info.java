/** The servers under measurement: processes of their own, on processors of their own, and what they cost. */
@NullMarked
package dev.secretproviders.benchmarks.process;

import org.jspecify.annotations.NullMarked;
