/**
 * Work that takes too long for an event loop. Workers do it, and its results go back to the event loop, several at a
 * time while there is more to do.
 */
@NullMarked
package dev.secretproviders.transport.work;

import org.jspecify.annotations.NullMarked;
