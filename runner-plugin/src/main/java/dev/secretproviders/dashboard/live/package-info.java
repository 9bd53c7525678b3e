/** Tells open pages what changed, by server-sent events. */
@NullMarked
package dev.secretproviders.dashboard.live;

import org.jspecify.annotations.NullMarked;
