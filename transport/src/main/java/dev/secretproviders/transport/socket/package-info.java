/**
 * The Unix socket itself: made with its final owner and mode, bound before the rest of the runner is there, taken over
 * from a runner that leaves.
 */
@NullMarked
package dev.secretproviders.transport.socket;

import org.jspecify.annotations.NullMarked;
