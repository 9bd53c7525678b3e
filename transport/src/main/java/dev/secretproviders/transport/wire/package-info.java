/**
 * Frames and their FlatBuffers: what APISIX sends is read in place, what it gets is encoded. Knows no route and no socket.
 *
 * <p>Source of the protocol: {@code apisix/plugins/ext-plugin/init.lua} of APISIX 3.18 and the FlatBuffers schema ext-plugin-proto
 * 0.6. Whatever goes wrong for a request ends in 503 for it or in a closed connection, never in a pass.
 */
@NullMarked
package dev.secretproviders.transport.wire;

import org.jspecify.annotations.NullMarked;
