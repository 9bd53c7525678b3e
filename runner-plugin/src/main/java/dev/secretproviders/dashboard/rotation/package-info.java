/** The pages of rotations and overlaps. */
@NullMarked
package dev.secretproviders.dashboard.rotation;

import org.jspecify.annotations.NullMarked;
