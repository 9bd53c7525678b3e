/**
 * The floor: a server that decides nothing and shows the cost of the transport alone. Netty, epoll and the number of
 * event loops are as in the runner, but every request gets the same bytes.
 */
@NullMarked
package dev.secretproviders.benchmarks.floor;

import org.jspecify.annotations.NullMarked;
