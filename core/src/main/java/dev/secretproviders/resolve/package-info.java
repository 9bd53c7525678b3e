/**
 * The engine: fetches the secrets that references stand for, keeps them fresh, notices rotation, and keeps serving what it knows,
 * within limits, while a secret manager cannot be asked. Holds digests of values, never the values.
 */
@NullMarked
package dev.secretproviders.resolve;

import org.jspecify.annotations.NullMarked;
