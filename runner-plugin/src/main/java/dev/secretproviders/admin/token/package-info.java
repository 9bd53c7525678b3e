/**
 * Tokens of the Admin API, and authentication with them.
 */
@NullMarked
package dev.secretproviders.admin.token;

import org.jspecify.annotations.NullMarked;
