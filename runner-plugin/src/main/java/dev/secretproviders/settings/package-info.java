/**
 * Reads trees of configuration (the file, later provider objects sent as JSON) field by field, and collects every problem
 * with its path and remedy instead of stopping at the first.
 */
@NullMarked
package dev.secretproviders.settings;

import org.jspecify.annotations.NullMarked;
