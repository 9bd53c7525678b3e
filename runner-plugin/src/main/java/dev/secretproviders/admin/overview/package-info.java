/**
 * The overview: whether everything is well, and if not, what is wrong, since when, and what to do.
 */
@NullMarked
package dev.secretproviders.admin.overview;

import org.jspecify.annotations.NullMarked;
