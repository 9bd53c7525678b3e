package dev.secretproviders.example.etcd;

import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.FieldValues;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes providers that read from etcd. Named in {@code META-INF/services}, which is how the runner finds it. */
public final class EtcdProviderFactory implements ProviderFactory {
    private static final URI PLACEHOLDER = URI.create("http://etcd.invalid");

    // A destination: if it changes, the secrets of the object have to be written again.
    private static final Field ENDPOINT = Field.of("endpoint", FieldType.URI, "Where etcd answers.")
            .example("https://etcd.example:2379")
            .required()
            .destination()
            .build();

    private static final Field PREFIX = Field.of("prefix", FieldType.TEXT, "What all keys of this provider begin with.")
            .fallback("")
            .build();

    private static final Field USERNAME = Field.of("username", FieldType.TEXT, "The user, if etcd asks for one.")
            .build();

    private static final Field PASSWORD = Field.of("password", FieldType.SECRET, "The user's password.")
            .requiredWhen("username")
            .onlyWhen("username")
            .build();

    @Override
    public String manager() {
        return "etcd";
    }

    /** Forms, OpenAPI, masking and {@link #create} all go by it. */
    @Override
    public Descriptor descriptor() {
        return Descriptor.of(ENDPOINT, PREFIX, USERNAME, PASSWORD);
    }

    /** Reads the fields and reports all their problems. No I/O: the first question connects. */
    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        URI endpoint = values.httpUri(ENDPOINT);
        if (endpoint == null) {
            endpoint = PLACEHOLDER;
        }
        String prefix = values.text(PREFIX);
        @Nullable String username = values.optionalText(USERNAME);
        EtcdClient.Login login =
                username == null ? null : new EtcdClient.Login(username, credentials.required(values, PASSWORD));
        return new EtcdProvider(id, prefix, new EtcdClient(endpoint, login, timeout));
    }
}
