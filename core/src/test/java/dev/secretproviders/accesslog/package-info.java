@NullMarked
package dev.secretproviders.accesslog;

import org.jspecify.annotations.NullMarked;
