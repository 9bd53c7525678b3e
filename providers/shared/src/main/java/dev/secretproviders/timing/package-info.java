/**
 * Time limits for answers, and pauses after failures and conflicts. Independent of the rest of the product.
 */
@NullMarked
package dev.secretproviders.timing;

import org.jspecify.annotations.NullMarked;
