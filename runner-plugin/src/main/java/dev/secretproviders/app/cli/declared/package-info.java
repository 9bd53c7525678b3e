/**
 * Objects of the Admin API in a file: what differs from a runner ({@code diff}), writing the difference ({@code apply}),
 * and making such a file ({@code dump}).
 */
@NullMarked
package dev.secretproviders.app.cli.declared;

import org.jspecify.annotations.NullMarked;
