@NullMarked
package dev.secretproviders.dashboard.session;

import org.jspecify.annotations.NullMarked;
