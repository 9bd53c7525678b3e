/**
 * The Admin API. {@link dev.secretproviders.admin.AdminApi} assembles it, and the router checks each call. The
 * resources are in the subpackages, one for each feature.
 */
@NullMarked
package dev.secretproviders.admin;

import org.jspecify.annotations.NullMarked;
