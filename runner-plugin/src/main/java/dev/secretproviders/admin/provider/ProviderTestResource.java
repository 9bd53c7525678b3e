package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.provider.ProviderTester.Prepared;
import dev.secretproviders.admin.provider.ProviderTester.Wanted;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Tests of providers, step by step. */
public final class ProviderTestResource implements AdminResource {
    private final ProviderObjects objects;
    private final ProvidersInScope providers;
    private final ProviderTester tester;
    private final ProviderView view;

    /** Creates the resource. */
    public ProviderTestResource(
            ProviderObjects objects, ProvidersInScope providers, ProviderTester tester, Resolver resolver) {
        this.objects = objects;
        this.providers = providers;
        this.tester = tester;
        this.view = new ProviderView(objects, resolver);
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.post(
                        ProviderResource.ONE + "/test",
                        "testProvider",
                        "Looks up the server, connects, logs in and reads, and says what each step came to.",
                        Right.PROVIDER_TEST,
                        Reach.providerOfPath(),
                        this::test)
                .with("stream", "boolean", "Whether the answer sends each step while it happens.")
                .maybeTaking(ProviderBodies.TEST)
                .answering(
                        200,
                        "What each step came to; with stream, events named plan, step, result and error.",
                        ProviderAnswers.TEST)
                .streaming("application/json", "text/event-stream"));
    }

    private Answer test(Call call) throws StoreException, InterruptedException {
        ProviderId id = call.provider();
        providers.requireScope(call, id);
        ObjectNode body = call.body() == null ? Json.object() : call.requiredBody();
        ObjectNode value = body.path("value") instanceof ObjectNode object ? view.fields(id, object) : null;
        if (value == null && objects.registry().get(id) == null) {
            throw ProvidersInScope.absent(id);
        }
        if (value != null && !call.caller().may(Right.PROVIDER_WRITE)) {
            throw AdminProblemException.forbidden("value: testing another object needs the right provider_write");
        }
        boolean stream = call.flag("stream");
        Prepared test = tester.prepare(new Wanted(id, value, reference(id, body), new EditRights(call, providers)));
        if (stream) {
            return Answer.events(new TestStream(test));
        }
        try (test) {
            return Answer.ok(test.run(TestReport.Watcher.NONE));
        }
    }

    private static @Nullable SecretReference reference(ProviderId id, ObjectNode body) {
        String path = Json.text(body, "path");
        try {
            return path == null ? null : SecretReference.parse("$secret://" + id + "/" + path);
        } catch (InvalidReferenceException e) {
            throw AdminProblemException.badRequest("path: " + e.getMessage());
        }
    }
}
