/**
 * Findings: conditions that an operator should look at. Each kind comes from one source.
 */
@NullMarked
package dev.secretproviders.admin.finding;

import org.jspecify.annotations.NullMarked;
