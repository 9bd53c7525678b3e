/**
 * Time limits for answers, and pauses after failures. Independent of the rest of the product.
 */
@NullMarked
package dev.secretproviders.timing;

import org.jspecify.annotations.NullMarked;
