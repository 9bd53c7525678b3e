/**
 * Events that clouds push to {@code /events/...}: who sent them is proved by a token of Google or Microsoft Entra ID, not
 * by a token of the Admin API.
 */
@NullMarked
package dev.secretproviders.admin.push;

import org.jspecify.annotations.NullMarked;
