package dev.secretproviders.app.metrics;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.bounds.CurrentValidity;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Metrics of credentials: how many there are, how many are in which state by their validity, and when the next one ends. */
final class CredentialGauges {
    private final CredentialDirectory directory;
    private final Map<Validity.State, Integer> counts = new EnumMap<>(Validity.State.class);
    private final Map<CredentialKind, Long> nextEnds = new EnumMap<>(CredentialKind.class);

    CredentialGauges(CredentialDirectory directory, List<Resolution> resolutions) {
        this.directory = directory;
        Map<SecretReference, Resolution> byReference = new HashMap<>();
        resolutions.forEach(resolution -> byReference.put(resolution.reference(), resolution));
        long now = directory.clock().millis();
        for (Consumer consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                Validity validity = CurrentValidity.of(credential, byReference);
                if (!validity.isUnlimited()) {
                    add(credential.kind(), validity, validity.at(now));
                }
            }
        }
    }

    private void add(CredentialKind kind, Validity validity, Validity.State state) {
        counts.merge(state, 1, Integer::sum);
        boolean ends = state == Validity.State.VALID || state == Validity.State.NOT_YET;
        if (ends && validity.end() != null) {
            nextEnds.merge(kind, validity.expiresAt(), Math::min);
        }
    }

    GaugeSnapshot known() {
        GaugeSeries series = new GaugeSeries(
                "credentials", "Keys, user names and key ids that are known now, by kind of credential");
        for (CredentialKind kind : CredentialKind.values()) {
            series.add(directory.size(kind), "kind", kind.label());
        }
        return series.build();
    }

    GaugeSnapshot bounded() {
        GaugeSeries series = new GaugeSeries(
                "credentials_bounded", "Credentials with a label or field that says when they count, by state");
        for (Validity.State state : Validity.State.values()) {
            series.add(counts.getOrDefault(state, 0), "state", state.name().toLowerCase(Locale.ROOT));
        }
        return series.build();
    }

    GaugeSnapshot ends() {
        GaugeSeries series =
                new GaugeSeries("credential_end_timestamp_seconds", "When the next credential ends, by kind");
        nextEnds.forEach((kind, end) -> series.add(end / 1e3, "kind", kind.label()));
        return series.build();
    }
}
