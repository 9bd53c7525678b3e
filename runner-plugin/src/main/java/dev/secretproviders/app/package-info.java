/**
 * The command line, the configuration, and the wiring of everything else; the only package that knows all others.
 */
@NullMarked
package dev.secretproviders.app;

import org.jspecify.annotations.NullMarked;
