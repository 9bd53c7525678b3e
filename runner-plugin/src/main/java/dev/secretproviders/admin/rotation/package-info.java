/**
 * Rotations: what rotated when, the overlaps that still run, who uses a previous version, and how to end an overlap.
 */
@NullMarked
package dev.secretproviders.admin.rotation;

import org.jspecify.annotations.NullMarked;
