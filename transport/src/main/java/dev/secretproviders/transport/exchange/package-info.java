/**
 * Requests that take more than their frame to answer. APISIX is asked for more, a filter judges off the event loop, or
 * users' filters run.
 */
@NullMarked
package dev.secretproviders.transport.exchange;

import org.jspecify.annotations.NullMarked;
