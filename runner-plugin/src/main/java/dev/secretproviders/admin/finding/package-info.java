/**
 * Findings: what an operator should look at, each kind from one source.
 */
@NullMarked
package dev.secretproviders.admin.finding;

import org.jspecify.annotations.NullMarked;
