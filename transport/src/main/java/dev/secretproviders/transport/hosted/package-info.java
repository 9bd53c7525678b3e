/**
 * Users' own filters, written for the plugin SDK of APISIX: loaded from jars, run on virtual threads, given the parts
 * of a request that they ask for.
 */
@NullMarked
package dev.secretproviders.transport.hosted;

import org.jspecify.annotations.NullMarked;
