package dev.secretproviders.app.health;

import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.protection.StoreIntegrity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Health of the store and the cryptographic module. An outage of the store leaves everything in force that is. */
public final class StoreHealth implements HealthIndicator {
    private static final int MOST_NAMED = 20;

    private final Supplier<@Nullable ControlPlane> plane;

    /** Creates the indicator. {@code plane} returns null while the store cannot be reached. */
    public StoreHealth(Supplier<@Nullable ControlPlane> plane) {
        this.plane = plane;
    }

    @Override
    public Health health() {
        ControlPlane control = plane.get();
        if (control == null) {
            return Health.status(Shortcomings.DEGRADED)
                    .withDetail("problem", "the store cannot be reached yet")
                    .build();
        }
        Store.Status status = control.status();
        Map<String, String> problems = new TreeMap<>();
        control.objects().problems().forEach((id, problem) -> problems.put("provider/" + id, problem));
        if (status.problem() != null) {
            problems.put("store", status.problem());
        }
        if (control.lastKnownGood().problem() != null) {
            problems.put("last-known-good", control.lastKnownGood().problem());
        }
        if (control.audit().dropped() > 0) {
            problems.put("audit", control.audit().dropped() + " events were never recorded");
        }
        if (control.audit().copies().lost() > 0) {
            problems.put("audit copies", control.audit().copies().lost() + " records were never copied");
        }
        FipsModule module = FipsModule.load();
        Health.Builder health = problems.isEmpty() ? Health.up() : Health.status(Shortcomings.DEGRADED);
        health.withDetail("engine", status.engine())
                .withDetail("place", status.place())
                .withDetail("manifest", manifest(control.integrity()))
                .withDetail("fips", module.name() + " " + module.version() + ", approved only, " + module.status());
        if (!problems.isEmpty()) {
            health.withDetail("problems", problems);
        }
        return health.build();
    }

    private static Map<String, Object> manifest(StoreIntegrity integrity) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("changes", integrity.counter());
        if (integrity.verifiedAt() != null) {
            shown.put("verified_at", integrity.verifiedAt().toString());
        }
        if (!integrity.damaged().isEmpty()) {
            shown.put(
                    "refused",
                    integrity.damaged().keySet().stream()
                            .sorted()
                            .limit(MOST_NAMED)
                            .toList());
            shown.put("refused_count", integrity.damaged().size());
        }
        return shown;
    }
}
