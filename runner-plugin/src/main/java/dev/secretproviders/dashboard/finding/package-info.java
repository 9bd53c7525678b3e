/**
 * The pages of findings.
 */
@NullMarked
package dev.secretproviders.dashboard.finding;

import org.jspecify.annotations.NullMarked;
