/**
 * The load driver. It acts as an APISIX worker that sends prepared HTTPReqCall frames in a closed loop or at a fixed
 * rate, and checks every byte of every answer. One thread, one selector, no allocation for a request.
 */
@NullMarked
package dev.secretproviders.benchmarks.load;

import org.jspecify.annotations.NullMarked;
