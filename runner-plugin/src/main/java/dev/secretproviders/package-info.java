/** Placeholder. */
@NullMarked
package dev.secretproviders;

import org.jspecify.annotations.NullMarked;
