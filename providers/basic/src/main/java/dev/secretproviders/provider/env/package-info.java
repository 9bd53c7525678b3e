/** Secrets in the environment of this process: {@code $env://NAME[/json-field]}. */
@NullMarked
package dev.secretproviders.provider.env;

import org.jspecify.annotations.NullMarked;
