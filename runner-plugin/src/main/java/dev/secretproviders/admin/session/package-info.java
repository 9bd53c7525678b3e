/**
 * Sessions of the dashboard in the Admin API: their list, their end on every runner, and links that log in once.
 */
@NullMarked
package dev.secretproviders.admin.session;

import org.jspecify.annotations.NullMarked;
