/**
 * Rotation drills: rotate a canary and measure how long it takes until the new value is in force.
 */
@NullMarked
package dev.secretproviders.admin.drill;

import org.jspecify.annotations.NullMarked;
