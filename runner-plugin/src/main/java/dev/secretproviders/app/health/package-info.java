/**
 * What health says of each component, and since when.
 */
@NullMarked
package dev.secretproviders.app.health;

import org.jspecify.annotations.NullMarked;
