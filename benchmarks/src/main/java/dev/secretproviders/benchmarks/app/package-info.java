/** The command: what is measured, and what is written from it. */
@NullMarked
package dev.secretproviders.benchmarks.app;

import org.jspecify.annotations.NullMarked;
