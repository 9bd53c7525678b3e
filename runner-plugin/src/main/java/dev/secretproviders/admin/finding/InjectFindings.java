package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.inject.InjectProblem;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds routes and other objects whose requests get 503 because a secret for the upstream is missing. */
public final class InjectFindings implements FindingSource {
    private final CredentialDirectory directory;
    private final UpstreamSecrets upstream;

    /** Creates the source. */
    public InjectFindings(CredentialDirectory directory, UpstreamSecrets upstream) {
        this.directory = directory;
        this.upstream = upstream;
    }

    /** One finding for each field and kind, however many consumers are concerned. */
    private record Same(String field, Kind kind) {}

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        Map<InjectConfig, List<InjectProblem>> problems = upstream.problems();
        Set<InjectConfig> placed = new HashSet<>();
        for (GatewayInjection place : directory.consumers().configuration().injections()) {
            InjectConfig config = place.config();
            String subject = place.type().name().toLowerCase(Locale.ROOT) + "/" + place.id();
            if (config == null) {
                found.accept(new Finding(Kind.INJECT_CONFIG, List.of(subject), place.field() + ": " + place.problem()));
            } else {
                placed.add(config);
                find(subject, place.field() + ".", config, problems.getOrDefault(config, List.of()), found);
            }
        }
        problems.forEach((config, its) -> {
            if (!placed.contains(config)) {
                find(InjectConfig.PLUGIN, "", config, its, found);
            }
        });
    }

    private static void find(
            String subject, String prefix, InjectConfig config, List<InjectProblem> problems, Consumer<Finding> found) {
        Map<Same, InjectProblem> first = new LinkedHashMap<>();
        Map<Same, Integer> counts = new LinkedHashMap<>();
        for (InjectProblem problem : problems) {
            Same same = new Same(problem.field(), kind(problem, config.perConsumer()));
            first.putIfAbsent(same, problem);
            counts.merge(same, 1, Integer::sum);
        }
        first.forEach((same, problem) -> {
            int more = counts.getOrDefault(same, 1) - 1;
            String reference = problem.reference();
            found.accept(new Finding(
                    same.kind(),
                    List.of(subject),
                    prefix + problem.field() + ": " + (reference == null ? "" : reference + ": ") + problem.message()
                            + (more == 0 ? "" : "; the same for " + more + " other references"),
                    providers(reference)));
        });
    }

    private static Kind kind(InjectProblem problem, boolean perConsumer) {
        return switch (problem.reason()) {
            case INJECT_FORBIDDEN -> perConsumer ? Kind.INJECT_CONSUMER : Kind.INJECT_FORBIDDEN;
            case INJECT_ILLEGAL -> Kind.INJECT_ILLEGAL;
            default -> perConsumer ? Kind.INJECT_CONSUMER : Kind.INJECT_UNRESOLVED;
        };
    }

    private static Set<ProviderId> providers(@Nullable String reference) {
        try {
            return reference == null
                    ? Set.of()
                    : Set.of(SecretReference.parse(reference).provider());
        } catch (InvalidReferenceException e) {
            return Set.of();
        }
    }
}
