/**
 * Entries of the log and the audit log about a runner's life: start and end, rotations, references that stop resolving.
 * Also keeps libraries from logging secrets.
 */
@NullMarked
package dev.secretproviders.app.logs;

import org.jspecify.annotations.NullMarked;
