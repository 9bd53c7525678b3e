/**
 * Frames and their FlatBuffers messages: reads what APISIX sends and encodes the answers. Independent of routes and
 * sockets.
 *
 * <p>Source of the protocol: {@code apisix/plugins/ext-plugin/init.lua} of APISIX 3.18 and the FlatBuffers schema ext-plugin-proto
 * 0.6. A failure ends in 503 for the request or in a closed connection. It never lets the request pass.
 */
@NullMarked
package dev.secretproviders.transport.wire;

import org.jspecify.annotations.NullMarked;
