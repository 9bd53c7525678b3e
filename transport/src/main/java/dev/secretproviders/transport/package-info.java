/**
 * Serves APISIX over a Unix socket: {@link dev.secretproviders.transport.UnixSocketServer} and its connections. A
 * connection reads a frame ({@code wire}) and finds its route ({@code route}). It answers on the event loop, or passes
 * the request to users' filters ({@code hosted}). The companion in Lua has its own call and socket ({@code companion}).
 *
 * <p>Everything here runs on event loops and never blocks. Users' filters run on their own threads.
 */
@NullMarked
package dev.secretproviders.transport;

import org.jspecify.annotations.NullMarked;
