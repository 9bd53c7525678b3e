/** The area of references: the list, each reference with what can be done about it, and the graph. */
@NullMarked
package dev.secretproviders.dashboard.reference;

import org.jspecify.annotations.NullMarked;
