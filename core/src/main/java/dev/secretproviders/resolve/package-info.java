/**
 * The engine: fetches the secrets of references, keeps them fresh and notices rotations. While a secret manager cannot
 * be asked, it serves what it knows, within limits. It holds digests of values, and a value itself
 * only where an owner of references asked for it.
 */
@NullMarked
package dev.secretproviders.resolve;

import org.jspecify.annotations.NullMarked;
