/**
 * Health of each component, and the time since when it has a problem.
 */
@NullMarked
package dev.secretproviders.app.health;

import org.jspecify.annotations.NullMarked;
