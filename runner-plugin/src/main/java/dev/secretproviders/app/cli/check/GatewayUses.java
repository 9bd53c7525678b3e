package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.check.Use.Reader;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The references in APISIX's etcd. */
final class GatewayUses {
    static final String ETCD = "etcd";

    /** How long the objects other than consumers may take, once the consumers were read. */
    private static final Duration FOR_THE_REST = Duration.ofSeconds(5);

    private static final Duration STEP = Duration.ofMillis(200);

    private final ConsumerSnapshot snapshot;
    private final List<Use> uses = new ArrayList<>();

    private GatewayUses(ConsumerSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /**
     * Reads the etcd that the configuration names.
     *
     * @throws CannotStartException if the configuration names none, or it cannot be read in time
     */
    static List<Use> read(Configuration configuration, Duration patience)
            throws CannotStartException, InterruptedException {
        ConsumerSource source = configuration.consumers();
        String name = source.status().name();
        if (!name.equals(ETCD)) {
            throw new CannotStartException(
                    "--etcd reads the etcd of consumers.etcd, and consumers.source is '" + name
                            + "'; name a configuration with consumers.source: etcd by --config",
                    null);
        }
        configuration.digester().settle();
        BlockingQueue<ConsumerSnapshot> read = new LinkedBlockingQueue<>();
        source.start(read::add);
        ConsumerSnapshot snapshot = awaited(source, read, patience);
        return new GatewayUses(snapshot).all();
    }

    private static ConsumerSnapshot awaited(
            ConsumerSource source, BlockingQueue<ConsumerSnapshot> read, Duration patience)
            throws CannotStartException, InterruptedException {
        ConsumerSnapshot latest = null;
        long end = System.nanoTime() + patience.toNanos();
        while (latest == null || !latest.configuration().unseen().isEmpty()) {
            ConsumerSnapshot next = read.poll(STEP.toMillis(), TimeUnit.MILLISECONDS);
            if (next != null && latest == null) {
                end = System.nanoTime() + FOR_THE_REST.toNanos();
            }
            latest = next == null ? latest : next;
            if (System.nanoTime() - end >= 0) {
                break;
            }
        }
        if (latest == null) {
            String problem = source.status().lastError();
            throw new CannotStartException(problem == null ? "etcd does not answer in time" : problem, null);
        }
        return latest;
    }

    private List<Use> all() {
        Set<Field> injected = new HashSet<>();
        for (GatewayInjection injection : snapshot.configuration().injections()) {
            InjectConfig config = injection.config();
            if (config != null) {
                config.forEach((entry, template) -> {
                    Field field = Field.of(injection, entry);
                    injected.add(field);
                    template.references().forEach(written -> inject(field, written));
                });
            }
        }
        // Alternatives are listed one by one. Together they are one text.
        Map<Field, List<Usage>> fields = new LinkedHashMap<>();
        for (Usage usage : snapshot.configuration().usages()) {
            fields.computeIfAbsent(Field.of(usage), _ -> new ArrayList<>()).add(usage);
        }
        fields.keySet().removeAll(injected);
        fields.forEach(this::use);
        for (Consumer consumer : snapshot.consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                literals(consumer, credential);
            }
        }
        snapshot.problems()
                .forEach(problem ->
                        uses.add(new Use.Wrong(new Place(ETCD, 0, problem.resource(), "object"), problem.describe())));
        snapshot.configuration()
                .unseen()
                .forEach(type -> uses.add(new Use.Unchecked(
                        new Place(ETCD, 0, type.name().toLowerCase(Locale.ROOT).replace('_', ' '), "all objects"),
                        "this user of etcd may not read them")));
        return uses;
    }

    private void inject(Field field, WrittenReference written) {
        if (written.perConsumer()) {
            uses.add(new Use.Unchecked(field.place(), "stands for another secret for each consumer"));
            return;
        }
        uses.add(new Use.Reference(field.place(), written.expand(null), Reader.UPSTREAM, null, Map.of(), null));
    }

    private void use(Field field, List<Usage> usages) {
        List<SecretReference> alternatives = new ArrayList<>();
        for (Usage usage : usages) {
            SecretReference reference = usage.reference();
            if (reference == null) {
                uses.add(new Use.Wrong(field.place(), "is not a well-formed reference"));
                return;
            }
            alternatives.add(reference);
        }
        Consumer consumer = consumer(field);
        Reader reader = GatewayInjection.uses(usages.getFirst())
                ? Reader.UPSTREAM
                : consumer == null ? Reader.GATEWAY : Reader.CREDENTIAL;
        uses.add(new Use.Reference(
                field.place(),
                alternatives,
                reader,
                consumer == null ? null : consumer.username(),
                consumer == null ? Map.of() : consumer.labels(),
                null));
    }

    /** A field of one object. */
    private record Field(
            Usage.ResourceType type, String id, @Nullable String parent, String path) {
        static Field of(Usage usage) {
            return new Field(usage.type(), usage.id(), usage.parent(), usage.field());
        }

        static Field of(GatewayInjection injection, String entry) {
            return new Field(injection.type(), injection.id(), injection.parent(), injection.field() + "." + entry);
        }

        Place place() {
            String kind = type.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            boolean credential = type == Usage.ResourceType.CONSUMER_CREDENTIAL;
            return new Place(ETCD, 0, credential ? "credential " + parent + "/" + id : kind + " " + id, path);
        }
    }

    /** Returns the consumer for which the runner resolves a field, or null if APISIX does. */
    private @Nullable Consumer consumer(Field field) {
        if (CredentialKind.ofPath(field.path()) == null) {
            return null;
        }
        String username = field.type() == Usage.ResourceType.CONSUMER
                ? field.id()
                : field.type() == Usage.ResourceType.CONSUMER_CREDENTIAL ? field.parent() : null;
        return username == null ? null : snapshot.consumers().get(username);
    }

    private void literals(Consumer consumer, Credential credential) {
        CredentialText secret = credential.proof() == null ? credential.attribute() : credential.proof();
        String field = credential.proofField() == null ? credential.attributeField() : credential.proofField();
        boolean publicKey = "public_key".equals(field);
        if (!publicKey && (secret instanceof CredentialText.Literal || secret instanceof CredentialText.LiteralValue)) {
            String object = credential.id() == null
                    ? "consumer " + consumer.username()
                    : "credential " + consumer.username() + "/" + credential.id();
            uses.add(
                    new Use.Literal(new Place(ETCD, 0, object, credential.kind().path(String.valueOf(field)))));
        }
    }
}
