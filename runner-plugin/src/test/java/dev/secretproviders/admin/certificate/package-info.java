@NullMarked
package dev.secretproviders.admin.certificate;

import org.jspecify.annotations.NullMarked;
