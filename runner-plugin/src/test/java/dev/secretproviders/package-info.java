/** Rules that hold for all packages. */
@NullMarked
package dev.secretproviders;

import org.jspecify.annotations.NullMarked;
