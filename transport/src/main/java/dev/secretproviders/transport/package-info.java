/**
 * Serves APISIX over a Unix socket: {@link dev.secretproviders.transport.UnixSocketServer} and its connections. A connection reads a
 * frame ({@code wire}), finds its route ({@code route}), and answers on the event loop, or has the filters of a user answer
 * ({@code hosted}). The companion in Lua has a call and a socket of its own ({@code companion}).
 *
 * <p>Everything here runs on event loops and never blocks, but for users' filters, which have threads of their own.
 */
@NullMarked
package dev.secretproviders.transport;

import org.jspecify.annotations.NullMarked;
