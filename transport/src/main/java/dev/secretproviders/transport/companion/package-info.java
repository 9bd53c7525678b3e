/**
 * What the companion in Lua uses: verdict calls, and the stream of events that end verdicts.
 * {@code docs/reference/companion-protocol.md} describes both.
 */
@NullMarked
package dev.secretproviders.transport.companion;

import org.jspecify.annotations.NullMarked;
