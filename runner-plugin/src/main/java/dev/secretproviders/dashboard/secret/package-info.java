/** The area of local secrets: their list, their versions, and all that a person does with them by hand. */
@NullMarked
package dev.secretproviders.dashboard.secret;

import org.jspecify.annotations.NullMarked;
