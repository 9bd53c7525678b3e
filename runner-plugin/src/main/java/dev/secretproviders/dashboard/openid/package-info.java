/**
 * Log-in to the dashboard by OpenID Connect: discovery, the authorization code flow with PKCE, and the roles of groups.
 */
@NullMarked
package dev.secretproviders.dashboard.openid;

import org.jspecify.annotations.NullMarked;
