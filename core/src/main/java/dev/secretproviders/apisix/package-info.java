/** Access to APISIX's Admin API. */
@NullMarked
package dev.secretproviders.apisix;

import org.jspecify.annotations.NullMarked;
