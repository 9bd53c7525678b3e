/** Tests of the places that records are copied to. */
@NullMarked
package dev.secretproviders.sink;

import org.jspecify.annotations.NullMarked;
