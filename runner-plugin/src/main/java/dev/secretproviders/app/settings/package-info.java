/**
 * The configuration: read from file, environment and command line, and validated as a whole. Also the parts that are
 * created from it.
 */
@NullMarked
package dev.secretproviders.app.settings;

import org.jspecify.annotations.NullMarked;
