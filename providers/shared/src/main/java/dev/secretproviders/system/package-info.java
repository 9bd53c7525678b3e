/**
 * What the operating system offers and Java does not. Independent of the rest of the product.
 */
@NullMarked
package dev.secretproviders.system;

import org.jspecify.annotations.NullMarked;
