/** What secret managers send when a secret changes. Only a secret's name is read from it, never a value. */
@NullMarked
package dev.secretproviders.event;

import org.jspecify.annotations.NullMarked;
