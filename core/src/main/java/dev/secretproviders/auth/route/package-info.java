/** What all kinds of authentication share for one route: the common options, the anonymous consumer, identity headers. */
@NullMarked
package dev.secretproviders.auth.route;

import org.jspecify.annotations.NullMarked;
