/**
 * A secret manager that is none: it plays a script from a file, for tests of what secrets, rotations, slow answers and outages do.
 */
@NullMarked
package dev.secretproviders.provider.fake;

import org.jspecify.annotations.NullMarked;
