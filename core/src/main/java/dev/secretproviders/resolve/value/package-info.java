/** What the engine keeps of one version of a secret: digests of its parts, and the values that references need. */
@NullMarked
package dev.secretproviders.resolve.value;

import org.jspecify.annotations.NullMarked;
