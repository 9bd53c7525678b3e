/**
 * The floor: what a server on this transport costs that decides nothing. Netty, epoll and the number of event loops as in the
 * runner, but every request gets the same bytes.
 */
@NullMarked
package dev.secretproviders.benchmarks.floor;

import org.jspecify.annotations.NullMarked;
