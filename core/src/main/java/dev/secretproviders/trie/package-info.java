/** Large sets that change a little at a time. */
@NullMarked
package dev.secretproviders.trie;

import org.jspecify.annotations.NullMarked;
