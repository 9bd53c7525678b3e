/** Who uses the dashboard: sessions, their cookie, and the protection of forms against other sites. */
@NullMarked
package dev.secretproviders.dashboard.session;

import org.jspecify.annotations.NullMarked;
