/**
 * What the log and the audit log say of a runner's life: start and end, rotations, references that stop to resolve.
 * Keeps libraries from logging secrets.
 */
@NullMarked
package dev.secretproviders.app.logs;

import org.jspecify.annotations.NullMarked;
