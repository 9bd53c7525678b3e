package dev.secretproviders.example.etcd;

import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates providers that read from etcd. The runner finds this class by {@code META-INF/services}. */
public final class EtcdProviderFactory implements ProviderFactory {
    private static final URI PLACEHOLDER = URI.create("http://etcd.invalid");

    @Override
    public String manager() {
        return "etcd";
    }

    /** The fields that {@link #create} reads. The Admin API describes and masks them by this declaration. */
    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                // A destination: an operator who changes it has to enter the secrets of the object again.
                Field.of("endpoint", FieldType.URI, "Where etcd answers.")
                        .mandatory()
                        .destined(),
                Field.of("prefix", FieldType.TEXT, "What all keys of this provider begin with.")
                        .fallback(""),
                Field.of("username", FieldType.TEXT, "The user, if etcd asks for one."),
                Field.of("password", FieldType.SECRET, "The user's password.")));
    }

    /** Reads the fields and reports all problems with them. No I/O: the first request connects. */
    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        URI endpoint = settings.httpUri("endpoint");
        if (endpoint == null) {
            if (!settings.has("endpoint")) {
                settings.problem("endpoint", "is required");
            }
            endpoint = PLACEHOLDER;
        }
        String prefix = settings.text("prefix", "");
        @Nullable String username = settings.optionalText("username");
        if (username == null && settings.has("password")) {
            settings.problem("password", "needs username, too");
        }
        EtcdClient.Login login =
                username == null ? null : new EtcdClient.Login(username, credentials.required(settings, "password"));
        return new EtcdProvider(id, prefix, new EtcdClient(endpoint, login, timeout));
    }
}
