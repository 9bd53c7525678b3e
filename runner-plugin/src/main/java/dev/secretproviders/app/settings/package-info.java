/**
 * The configuration: read from file, environment and command line, checked as a whole, and the parts that are made of
 * it.
 */
@NullMarked
package dev.secretproviders.app.settings;

import org.jspecify.annotations.NullMarked;
