package dev.secretproviders.settings;

import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The fields that objects of every manager take. The runner reads them; a factory does not. */
public final class CommonFields {
    /** Allows connections without TLS. */
    public static final Field ALLOW_PLAINTEXT = Field.of(
                    "allow_plaintext",
                    FieldType.FLAG,
                    "Whether credentials and secrets may go to another machine by http, without TLS.")
            .fallback(false)
            .destination()
            .build();

    /** The section that objects with addresses take. What a manager has in it is added. */
    public static final Field TLS = Field.section("tls", "How the connection is protected.", ALLOW_PLAINTEXT)
            .label("TLS")
            .build();

    /** What the provider is for. */
    public static final Field DESC = Field.of("desc", FieldType.TEXT, "What the provider is for.")
            .label("Description")
            .build();

    /** The operator's own notes. */
    public static final Field LABELS =
            Field.section("labels", "Names and values of your own.").build();

    /** Limit for one answer. */
    public static final Field TIMEOUT = Field.of(
                    "timeout", FieldType.DURATION, "The limit for one answer of the manager.")
            .range(Duration.ofMillis(100), Duration.ofMinutes(1))
            .fallback("5s")
            .build();

    /** Limit of open requests. */
    public static final Field MAX_CONCURRENCY = Field.of(
                    "max_concurrency", FieldType.INTEGER, "How many requests may be open at a time.")
            .range(1, 1_000)
            .unit("requests")
            .fallback(8)
            .build();

    /** The default is enough for 10,000 references at the default {@code cache.ttl}, each asked for by itself. */
    public static final Field FETCHES_PER_MINUTE = Field.of(
                    "fetches_per_minute", FieldType.INTEGER, "Requests to the manager in any minute; 0 for no limit.")
            .range(10, 1_000_000)
            .orZero()
            .unit("requests per minute")
            .fallback(24_000)
            .build();

    /** How often the manager may be asked. */
    public static final Field BUDGET = Field.section(
                    "budget", "How often the manager may be asked.", FETCHES_PER_MINUTE)
            .build();

    /** How long a value is fresh. */
    public static final Field TTL = Field.of("ttl", FieldType.DURATION, "A value is asked for again within this time.")
            .range(Duration.ofSeconds(1), null)
            .fallback("60s")
            .build();

    /** How long a missing secret is believed missing. */
    public static final Field NEGATIVE_TTL = Field.of(
                    "negative_ttl", FieldType.DURATION, "For how long the answer that there is no such secret counts.")
            .range(Duration.ofSeconds(1), null)
            .fallback("30s")
            .build();

    /** How long the last value is served in an outage. */
    public static final Field STALE_TTL = Field.of(
                    "stale_ttl",
                    FieldType.DURATION,
                    "For how long the last value is served while the manager cannot be asked. Not shorter than ttl.")
            .fallback("24h")
            .build();

    /** For how long answers count. */
    public static final Field CACHE = Field.section(
                    "cache", "For how long answers count.", TTL, NEGATIVE_TTL, STALE_TTL)
            .build();

    /** How long the previous version is accepted. */
    public static final Field OVERLAP = Field.of(
                    "overlap",
                    FieldType.DURATION,
                    "For how long the previous version is accepted after a rotation; 0 for not at all.")
            .fallback("60s")
            .build();

    /** What happens when a value changes. */
    public static final Field ROTATION = Field.section("rotation", "What happens when a value changes.", OVERLAP)
            .build();

    /** Patterns of consumer names, in {@link #ACCESS}. */
    public static final Field CONSUMERS = Field.of("consumers", FieldType.TEXTS, "Patterns of consumer names.")
            .build();

    /** Labels of consumers, in {@link #ACCESS}. */
    public static final Field CONSUMER_LABELS =
            Field.section("labels", "Labels that the consumer must have.").build();

    /** Patterns of paths, in {@link #ACCESS}. */
    public static final Field PATHS = Field.of(
                    "paths", FieldType.TEXTS, "Patterns of paths; {consumer} is the consumer's name.")
            .build();

    /** Which consumers may refer to which paths. */
    public static final Field ACCESS = Field.list(
                    "access",
                    "Which consumers may refer to which paths; without it every consumer to every path.",
                    CONSUMERS,
                    CONSUMER_LABELS,
                    PATHS)
            .build();

    /** Which paths may be sent to upstreams. */
    public static final Field INJECT = Field.list(
                    "inject",
                    "Which paths secret-inject may send to upstreams; without it none. A rule with consumers or labels"
                            + " is for references with {consumer} only.",
                    CONSUMERS,
                    CONSUMER_LABELS,
                    PATHS)
            .build();

    /** All of them, but for {@link #TLS}. */
    public static final List<Field> ALL =
            List.of(DESC, LABELS, TIMEOUT, MAX_CONCURRENCY, BUDGET, CACHE, ROTATION, ACCESS, INJECT);

    private CommonFields() {}

    /** Returns a manager's own fields, and {@code tls.allow_plaintext} if there are addresses among them. */
    public static List<Field> connection(Descriptor descriptor) {
        if (!descriptor.connects()) {
            return descriptor.fields();
        }
        List<Field> all = new ArrayList<>(descriptor.fields());
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name().equals(TLS.name())) {
                all.set(i, withPlaintext(all.get(i)));
                return List.copyOf(all);
            }
        }
        all.add(TLS);
        return List.copyOf(all);
    }

    private static Field withPlaintext(Field section) {
        List<Field> fields = new ArrayList<>(section.fields());
        fields.add(ALLOW_PLAINTEXT);
        Field.Builder builder = Field.section(section.name(), section.help(), fields.toArray(Field[]::new))
                .label(section.label());
        if (section.destination()) {
            builder.destination();
        }
        return section.required() ? builder.required().build() : builder.build();
    }

    /** Returns all fields that an object of a manager may have: {@link #connection} and {@link #ALL}. */
    public static List<Field> all(Descriptor descriptor) {
        List<Field> all = new ArrayList<>(connection(descriptor));
        all.addAll(ALL);
        return List.copyOf(all);
    }
}
