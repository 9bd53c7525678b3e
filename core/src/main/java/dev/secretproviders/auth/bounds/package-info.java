/** The moments at which credentials begin or end to count, and who has to be told then. */
@NullMarked
package dev.secretproviders.auth.bounds;

import org.jspecify.annotations.NullMarked;
