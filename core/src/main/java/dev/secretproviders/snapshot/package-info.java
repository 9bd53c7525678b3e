/**
 * Last-known-good: what was resolved last, sealed in one file, so that a runner that starts during an outage decides as before.
 */
@NullMarked
package dev.secretproviders.snapshot;

import org.jspecify.annotations.NullMarked;
