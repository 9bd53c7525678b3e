/**
 * The Admin API: {@link dev.secretproviders.admin.AdminApi} puts it together, the router checks each call. The resources are below,
 * one package for each feature.
 */
@NullMarked
package dev.secretproviders.admin;

import org.jspecify.annotations.NullMarked;
