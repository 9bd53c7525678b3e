@NullMarked
package dev.secretproviders.certificate;

import org.jspecify.annotations.NullMarked;
