/**
 * A fake secret manager that plays a script from a file, to test the effects of rotations, slow answers and outages.
 */
@NullMarked
package dev.secretproviders.provider.fake;

import org.jspecify.annotations.NullMarked;
