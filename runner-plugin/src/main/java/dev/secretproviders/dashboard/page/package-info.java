/** What all pages of the dashboard share: the visit, data from the Admin API, tables, forms and assets. */
@NullMarked
package dev.secretproviders.dashboard.page;

import org.jspecify.annotations.NullMarked;
