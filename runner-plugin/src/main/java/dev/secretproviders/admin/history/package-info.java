/**
 * The runner's own figures of the last hours, in memory, for charts without a Prometheus server.
 */
@NullMarked
package dev.secretproviders.admin.history;

import org.jspecify.annotations.NullMarked;
