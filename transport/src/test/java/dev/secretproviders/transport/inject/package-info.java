/** Tests of secrets that are sent to upstreams. */
@NullMarked
package dev.secretproviders.transport.inject;

import org.jspecify.annotations.NullMarked;
