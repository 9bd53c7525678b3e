/** Secrets that requests carry to upstreams: resolved beforehand, put into the answer of the runner. */
@NullMarked
package dev.secretproviders.inject;

import org.jspecify.annotations.NullMarked;
