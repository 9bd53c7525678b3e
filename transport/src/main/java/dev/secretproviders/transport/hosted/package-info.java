/**
 * Hosted filters: users' own filters, written for the plugin SDK of APISIX. They are loaded from jars, run on virtual
 * threads, and receive the parts of a request that they ask for.
 */
@NullMarked
package dev.secretproviders.transport.hosted;

import org.jspecify.annotations.NullMarked;
