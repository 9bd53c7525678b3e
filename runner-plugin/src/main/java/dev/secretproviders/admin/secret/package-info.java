/**
 * Secrets of {@code provider.local}: writing, versions, roll-back.
 */
@NullMarked
package dev.secretproviders.admin.secret;

import org.jspecify.annotations.NullMarked;
