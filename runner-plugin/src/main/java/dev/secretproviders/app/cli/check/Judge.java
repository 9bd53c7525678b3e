package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.check.Item.Status;
import dev.secretproviders.app.cli.check.Resolving.Result;
import dev.secretproviders.app.cli.check.Use.Reader;
import dev.secretproviders.app.cli.output.Progress;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.settings.Spelling;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Says of each use whether it is well. */
final class Judge {
    private final Resolving resolving;
    private final boolean literalsAreErrors;
    private final boolean fetch;
    private final Set<ProviderId> providers;
    private final Map<SecretReference, Result> results;

    private Judge(
            Resolving resolving,
            boolean literalsAreErrors,
            boolean fetch,
            Set<ProviderId> providers,
            Map<SecretReference, Result> results) {
        this.resolving = resolving;
        this.literalsAreErrors = literalsAreErrors;
        this.fetch = fetch;
        this.providers = providers;
        this.results = results;
    }

    /**
     * Returns a line for each use.
     *
     * @param fetch whether managers are asked; otherwise a reference is well if it means something and may be asked for
     */
    static List<Item> judge(
            List<Use> uses, Resolving resolving, boolean literalsAreErrors, boolean fetch, PrintWriter err)
            throws CannotStartException, InterruptedException {
        Set<ProviderId> providers = resolving.providers();
        Set<SecretReference> wanted = new LinkedHashSet<>();
        for (Use use : uses) {
            if (fetch && use instanceof Use.Reference reference && !ownOfGateway(reference)) {
                reference.alternatives().stream()
                        .filter(each -> providers.contains(each.provider()))
                        .filter(each -> resolving.asRunner() || !each.provider().equals(ProviderId.ENVIRONMENT))
                        .forEach(wanted::add);
            }
        }
        Progress progress = new Progress(err, "references resolved", wanted.size());
        Map<SecretReference, Result> results =
                wanted.isEmpty() ? Map.of() : resolving.resolve(wanted, _ -> progress.step());
        Judge judge = new Judge(resolving, literalsAreErrors, fetch, providers, results);
        List<Item> items = new ArrayList<>();
        for (Use use : uses) {
            items.add(judge.item(use));
        }
        return items;
    }

    /** Returns whether APISIX looks the reference up in its own environment, which is not that of this process. */
    private static boolean ownOfGateway(Use.Reference use) {
        return use.reader() == Reader.GATEWAY
                && use.alternatives().stream().allMatch(each -> each.provider().equals(ProviderId.ENVIRONMENT));
    }

    private Item item(Use use) throws CannotStartException {
        return switch (use) {
            case Use.Wrong(Place place, String problem) -> new Item(Status.ERROR, place, "", problem);
            case Use.Doubtful(Place place, String problem) -> new Item(Status.WARNING, place, "", problem);
            case Use.Unchecked(Place place, String reason) -> new Item(Status.UNCHECKED, place, "", reason);
            case Use.Literal(Place place) ->
                new Item(
                        literalsAreErrors ? Status.ERROR : Status.WARNING,
                        place,
                        "",
                        "the key itself stands here; keep it in a secret manager, and write a reference");
            case Use.Reference reference ->
                ownOfGateway(reference)
                        ? item(reference, Status.UNCHECKED, "APISIX looks it up in its own environment")
                        : judged(reference);
        };
    }

    private Item judged(Use.Reference use) throws CannotStartException {
        // The runner takes a credential only if all that it names may be used, also what it would not need.
        for (SecretReference reference : use.alternatives()) {
            if (!providers.contains(reference.provider())) {
                return unknown(use, reference.provider());
            }
            String denied = denied(use, reference);
            if (!denied.isEmpty()) {
                return item(use, Status.ERROR, denied);
            }
            String problem = fetch ? "" : resolving.problem(reference);
            if (!problem.isEmpty()) {
                return item(use, Status.ERROR, problem(use, new Result(false, false, problem)));
            }
        }
        if (!fetch) {
            return item(use, Status.OK, "");
        }
        String absent = "";
        boolean environment = false;
        for (SecretReference reference : use.alternatives()) {
            if (!resolving.asRunner() && reference.provider().equals(ProviderId.ENVIRONMENT)) {
                environment = true;
                continue;
            }
            Result result = results.get(reference);
            if (result == null || result.resolves()) {
                return item(use, Status.OK, "");
            }
            if (environment) {
                continue;
            }
            if (!result.absent()) {
                return item(use, Status.ERROR, problem(use, result));
            }
            absent = problem(use, result);
        }
        return environment
                ? item(use, Status.UNCHECKED, "the runner looks it up in its own environment, which is not known here")
                : item(use, Status.ERROR, absent);
    }

    /** Returns why a reference does not resolve. The reason may quote it, with the value of a variable. */
    private static String problem(Use.Reference use, Result result) {
        if (use.written() == null) {
            return result.problem();
        }
        return result.absent()
                ? "there is no such secret"
                : "it does not resolve; the reason may hold the value of a variable, and is not shown";
    }

    /** Returns the name of a provider, unless the value of a variable is in it. */
    private static String named(Use.Reference use, ProviderId provider) {
        return shown(use, provider) ? "provider '" + provider + "'" : "its provider, once its variables are put in,";
    }

    private static boolean shown(Use.Reference use, ProviderId provider) {
        String written = use.written();
        return written == null || written.contains(provider.toString());
    }

    private Item unknown(Use.Reference use, ProviderId provider) throws CannotStartException {
        String nearest = !shown(use, provider)
                ? null
                : Spelling.nearest(
                        provider.toString(),
                        providers.stream().map(ProviderId::toString).collect(Collectors.toSet()));
        String there = (shown(use, provider)
                        ? "there is no provider '" + provider + "'"
                        : "its provider is not there, once its variables are put in")
                + resolving.unlessHidden()
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
        if (use.reader() != Reader.GATEWAY) {
            return item(use, Status.ERROR, there);
        }
        return item(
                use,
                nearest == null ? Status.UNCHECKED : Status.WARNING,
                "APISIX resolves this field with a secret object of its own, and the runner cannot check it: " + there);
    }

    /** Returns why a reference may not be used there; empty if it may. */
    private String denied(Use.Reference use, SecretReference reference) throws CannotStartException {
        ProviderPolicy policy = resolving.policy(reference.provider());
        String consumer = use.consumer();
        if (policy == null) {
            return "";
        }
        return switch (use.reader()) {
            case CREDENTIAL ->
                consumer == null || policy.access().allow(consumer, use.labels(), reference)
                        ? ""
                        : "the field access of " + named(use, reference.provider()) + " does not allow it to consumer '"
                                + consumer + "'";
            case UPSTREAM ->
                policy.inject().allow(reference)
                        ? ""
                        : "the field inject of " + named(use, reference.provider()) + " does not allow it";
            case GATEWAY -> "";
        };
    }

    private static Item item(Use.Reference use, Status status, String message) {
        String written = use.written();
        String references = written != null
                ? written
                : use.alternatives().stream().map(SecretReference::toString).collect(Collectors.joining("||"));
        return new Item(status, use.place(), references, message);
    }
}
