/**
 * APISIX's client side of the ext-plugin wire: what a runner meets when an APISIX 3.18 worker calls it.
 *
 * <p>{@link dev.secretproviders.gateway.RunnerClient} does whole calls as APISIX does them; {@link
 * dev.secretproviders.gateway.RawConnection} sends whatever a hostile test wants. Source of the behaviour: {@code
 * apisix/plugins/ext-plugin/init.lua} of 3.18.0, and measurements on a running APISIX of that version.
 */
@NullMarked
package dev.secretproviders.gateway;

import org.jspecify.annotations.NullMarked;
