/**
 * Rotation drills: a canary is rotated and timed.
 */
@NullMarked
package dev.secretproviders.admin.drill;

import org.jspecify.annotations.NullMarked;
