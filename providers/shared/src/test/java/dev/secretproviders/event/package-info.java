@NullMarked
package dev.secretproviders.event;

import org.jspecify.annotations.NullMarked;
