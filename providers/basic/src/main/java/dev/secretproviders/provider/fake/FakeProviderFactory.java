package dev.secretproviders.provider.fake;

import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes providers that play a script. Each says in the log that it is a fake. */
public final class FakeProviderFactory implements ProviderFactory {
    private static final Logger LOG = LoggerFactory.getLogger(FakeProviderFactory.class);

    private static final Field SCRIPT = Field.of(
                    "script", FieldType.FILE, "A YAML or JSON file that says what this fake answers and when.")
            .required()
            .destination()
            .build();

    private final Passage passage;

    /** Creates a factory whose providers go by the system's clock. */
    public FakeProviderFactory() {
        this(Passage.SYSTEM);
    }

    FakeProviderFactory(Passage passage) {
        this.passage = passage;
    }

    @Override
    public String manager() {
        return "fake";
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.of(SCRIPT);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        String text = values.text(SCRIPT);
        Path script = Path.of("absent.yaml");
        try {
            script = Path.of(text);
        } catch (InvalidPathException e) {
            values.problem(SCRIPT, "is not a path of a file");
        }
        LOG.warn("provider {} is a FAKE for tests: it plays the script {} and asks no secret manager", id, script);
        ScriptFile file = new ScriptFile(
                script.toAbsolutePath().normalize(),
                ProviderReach.of(credentials).files().withoutIdentities(),
                passage);
        return new FakeProvider(id, file, timeout, passage);
    }
}
