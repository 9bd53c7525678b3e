/**
 * Measures the dashboard of a large installation: the time of each page, and what people who click cost the requests of
 * clients.
 */
@NullMarked
package dev.secretproviders.benchmarks.dashboard;

import org.jspecify.annotations.NullMarked;
