/** Moves keys from the gateway's consumers into a secret manager, and back: the command {@code migrate}. */
@NullMarked
package dev.secretproviders.migrate;

import org.jspecify.annotations.NullMarked;
