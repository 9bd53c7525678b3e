/** Chains of references on top of the resolver: which alternative counts now, and its value for the request path. */
@NullMarked
package dev.secretproviders.resolve.chain;

import org.jspecify.annotations.NullMarked;
