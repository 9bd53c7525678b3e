/**
 * The Unix socket itself. It is created with its final owner and mode, bound before the rest of the runner starts, and
 * taken over from a runner that ends.
 */
@NullMarked
package dev.secretproviders.transport.socket;

import org.jspecify.annotations.NullMarked;
