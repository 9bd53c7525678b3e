/**
 * APISIX's client side of the ext-plugin wire, as a worker of APISIX 3.18 calls a runner.
 *
 * <p>{@link dev.secretproviders.gateway.RunnerClient} makes complete calls as APISIX does; {@link
 * dev.secretproviders.gateway.RawConnection} sends any bytes, for hostile tests. The behaviour comes from {@code
 * apisix/plugins/ext-plugin/init.lua} of 3.18.0, and measurements on a running APISIX of that version.
 */
@NullMarked
package dev.secretproviders.gateway;

import org.jspecify.annotations.NullMarked;
