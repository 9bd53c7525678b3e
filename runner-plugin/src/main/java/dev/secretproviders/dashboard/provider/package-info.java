/** The area of providers: the list, each provider with what refers to it, and its form. */
@NullMarked
package dev.secretproviders.dashboard.provider;

import org.jspecify.annotations.NullMarked;
