/** The uses of references to secrets in the gateway's configuration and in provider objects. */
@NullMarked
package dev.secretproviders.reference;

import org.jspecify.annotations.NullMarked;
