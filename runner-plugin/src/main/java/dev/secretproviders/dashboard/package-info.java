/**
 * The dashboard: pages for operators, served on the address of the Admin API. {@link dev.secretproviders.dashboard.Dashboard}
 * assembles it. The pages are in subpackages, one for each area. They read and change everything through the Admin API.
 */
@NullMarked
package dev.secretproviders.dashboard;

import org.jspecify.annotations.NullMarked;
