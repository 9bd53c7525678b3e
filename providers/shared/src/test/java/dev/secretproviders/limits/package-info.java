@NullMarked
package dev.secretproviders.limits;

import org.jspecify.annotations.NullMarked;
