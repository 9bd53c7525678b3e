package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.inject.Injection;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;

/**
 * The built-in filter that sends secrets to the upstream.
 *
 * @param secrets keeps the secrets
 */
public record InjectFilter(UpstreamSecrets secrets) implements BuiltInFilter {

    @Override
    public String name() {
        return InjectConfig.PLUGIN;
    }

    @Override
    public Prepared prepare(String value, RouteId route) throws InvalidFilterConfException {
        try {
            Injection injection = secrets.prepare(value);
            return new Prepared() {
                @Override
                public Judgement decide(RequestView request) {
                    return injection.decide(request);
                }

                @Override
                public RequestNeeds needs() {
                    return injection.needs();
                }
            };
        } catch (InvalidInjectConfigException e) {
            throw new InvalidFilterConfException(String.valueOf(e.getMessage()));
        }
    }
}
