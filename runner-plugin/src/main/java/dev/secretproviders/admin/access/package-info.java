/**
 * Who may do what in the Admin API: rights, roles, scopes, callers.
 */
@NullMarked
package dev.secretproviders.admin.access;

import org.jspecify.annotations.NullMarked;
