/** Forms that are made from the JSON schemas of the Admin API, and bodies that are made from what a form sends. */
@NullMarked
package dev.secretproviders.dashboard.form;

import org.jspecify.annotations.NullMarked;
