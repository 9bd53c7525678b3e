/**
 * Prometheus metrics, computed at each scrape.
 */
@NullMarked
package dev.secretproviders.app.metrics;

import org.jspecify.annotations.NullMarked;
