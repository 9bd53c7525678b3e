package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProviderSchema;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.spi.ProviderFactory;
import java.util.List;

/** The secret managers that provider objects can have, and the schemas of these objects. */
public record SchemaResource(ProviderRegistry registry) implements AdminResource {
    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/schemas",
                                "listSchemas",
                                "Lists the secret managers that provider objects can have.",
                                Right.PROVIDER_READ,
                                Reach.everybody(),
                                this::list)
                        .paged()
                        .answering(200, "The managers.", ProviderAnswers.MANAGERS),
                Endpoint.get(
                                "/admin/schemas/{manager}",
                                "providerSchema",
                                "The JSON schema of a manager's provider objects.",
                                Right.PROVIDER_READ,
                                Reach.everybody(),
                                this::schema)
                        .answering(200, "The schema.", Schema.object().about("A JSON schema (2020-12).")));
    }

    private Answer list(Call call) {
        return Answer.ok(call.page(
                registry.managers().stream().sorted().toList(),
                manager -> Json.object().put("manager", manager)));
    }

    private Answer schema(Call call) {
        ProviderFactory factory = registry.factory(call.variable("manager"));
        if (factory == null) {
            throw AdminProblemException.notFound(
                    "this manager is not known; known: " + String.join(", ", registry.managers()));
        }
        return Answer.ok(ProviderSchema.of(factory));
    }
}
