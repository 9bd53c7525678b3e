@NullMarked
package dev.secretproviders.provider.local;

import org.jspecify.annotations.NullMarked;
