/** Jars of others in the plugins directory: each with a class loader of its own, and what it offers. Knows no other package but the SPI. */
@NullMarked
package dev.secretproviders.plugin;

import org.jspecify.annotations.NullMarked;
