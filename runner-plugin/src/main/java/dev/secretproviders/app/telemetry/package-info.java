/** Audit records and traces for a collector of OpenTelemetry. Loaded only if the configuration names one. */
@NullMarked
package dev.secretproviders.app.telemetry;

import org.jspecify.annotations.NullMarked;
