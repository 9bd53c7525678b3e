@NullMarked
package dev.secretproviders.dashboard;

import org.jspecify.annotations.NullMarked;
