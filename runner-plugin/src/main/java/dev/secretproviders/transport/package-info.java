/**
 * The runner's side of APISIX's ext-plugin wire: the Unix socket, frames read and written in place, conf tokens, and the
 * chain of filters of a route, built in or from the plugin SDK. Beside it, for the companion inside APISIX, verdict calls on the same
 * socket and the event stream on a second one.
 *
 * <p>Source of the protocol: {@code apisix/plugins/ext-plugin/init.lua} of APISIX 3.18 and the FlatBuffers schema
 * ext-plugin-proto 0.6; the companion's is our own, {@code docs/reference/companion-protocol.md}. Whatever goes wrong for a request ends in 503 for it or in a closed connection, never in a pass.
 */
@NullMarked
package dev.secretproviders.transport;

import org.jspecify.annotations.NullMarked;
