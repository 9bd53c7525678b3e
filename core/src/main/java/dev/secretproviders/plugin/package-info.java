/**
 * Third-party jars in the plugins directory, each with its own class loader, and the services that they offer. Depends
 * on the SPI only.
 */
@NullMarked
package dev.secretproviders.plugin;

import org.jspecify.annotations.NullMarked;
