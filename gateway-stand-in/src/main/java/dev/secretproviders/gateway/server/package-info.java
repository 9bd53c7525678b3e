/**
 * A runnable gateway: HTTP in front of {@link dev.secretproviders.gateway.RunnerClient}, routes from a file, and an
 * upstream that returns the request. For tests and the demo without Docker; plain HTTP, bodies in memory.
 */
@NullMarked
package dev.secretproviders.gateway.server;

import org.jspecify.annotations.NullMarked;
