/** What is measured: the floor, runner 0.4.0 with two filters, and ours, each with its credentials. */
@NullMarked
package dev.secretproviders.benchmarks.subject;

import org.jspecify.annotations.NullMarked;
