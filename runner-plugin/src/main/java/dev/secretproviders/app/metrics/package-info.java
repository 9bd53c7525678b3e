/**
 * Metrics in terms of Prometheus, derived when they are read.
 */
@NullMarked
package dev.secretproviders.app.metrics;

import org.jspecify.annotations.NullMarked;
