/** Certificates of the gateway: the list with their ends, forms, and the page of each. */
@NullMarked
package dev.secretproviders.dashboard.certificates;

import org.jspecify.annotations.NullMarked;
