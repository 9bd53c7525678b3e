/** The first page: whether everything is well, charts, and what to do. */
@NullMarked
package dev.secretproviders.dashboard.overview;

import org.jspecify.annotations.NullMarked;
