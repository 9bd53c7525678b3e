@NullMarked
package dev.secretproviders.admin;

import org.jspecify.annotations.NullMarked;
