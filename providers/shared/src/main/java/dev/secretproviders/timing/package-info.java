/**
 * How long to wait: for an answer, and after a failure. Knows nothing else of this product.
 */
@NullMarked
package dev.secretproviders.timing;

import org.jspecify.annotations.NullMarked;
