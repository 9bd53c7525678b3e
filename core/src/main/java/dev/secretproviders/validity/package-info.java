/** From when and until when a credential counts, as its labels and the fields of its secret say. */
@NullMarked
package dev.secretproviders.validity;

import org.jspecify.annotations.NullMarked;
