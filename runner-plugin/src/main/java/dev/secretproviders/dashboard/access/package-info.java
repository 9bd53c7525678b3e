/** Who may do what: tokens, roles, and sessions of the dashboard. */
@NullMarked
package dev.secretproviders.dashboard.access;

import org.jspecify.annotations.NullMarked;
