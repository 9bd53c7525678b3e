package dev.secretproviders.certificate;

import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A certificate object of the store. It holds references only, never key material. Immutable.
 *
 * @param id the id, which is also that of the object in APISIX's {@code ssls}
 * @param snis the names that it is served for, in lower case
 * @param source where chain and key come from
 * @param clientCa the authorities of client certificates, as PEM; null for no mutual TLS
 * @param fields the whole object as JSON, as written by the user
 * @param revision the revision of its record; 0 if it was not written yet
 */
public record CertificateObject(
        String id,
        List<String> snis,
        CertificateSource source,
        @Nullable SecretReference clientCa,
        ObjectNode fields,
        long revision) {
    /** The prefix of its key in the store. */
    public static final String PREFIX = "certificate/";

    /** The field of the authorities of client certificates. */
    public static final String CLIENT_CA = "client_ca";

    /** What an id looks like: APISIX takes no others. */
    public static final String ID = "^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,63}$";

    private static final Pattern ID_PATTERN = Pattern.compile(ID);
    private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,6})(m|h|d)");
    private static final Pattern ROLE = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");
    private static final JsonMapper JSON = JsonMapper.shared();

    public CertificateObject {
        snis = List.copyOf(snis);
    }

    /** Returns the key in the store. */
    public static String key(String id) {
        return PREFIX + id;
    }

    /** Returns whether a text can be an id. */
    public static boolean isId(String text) {
        return ID_PATTERN.matcher(text).matches();
    }

    /**
     * Reads an object.
     *
     * @param fields the whole object, of the shape that the Admin API's schema demands
     * @throws InvalidCertificateException with every problem
     */
    public static CertificateObject of(String id, ObjectNode fields) {
        List<CertificateProblem> problems = new ArrayList<>();
        if (!isId(id)) {
            problems.add(new CertificateProblem(
                    "id", "expected 1 to 64 letters, digits, '-', '_' and '.', not beginning with a dot"));
        }
        List<String> snis = snis(fields, problems);
        CertificateSource source = source(fields, problems);
        SecretReference clientCa = reference(fields, CLIENT_CA, problems);
        if (clientCa == null && fields.has("client_depth")) {
            problems.add(new CertificateProblem("client_depth", "has a meaning only next to client_ca; write both"));
        }
        if (!problems.isEmpty() || source == null) {
            throw new InvalidCertificateException(problems);
        }
        return new CertificateObject(id, snis, source, clientCa, fields.deepCopy(), 0);
    }

    /** Reads the object in an entry of the store. */
    static CertificateObject read(Stored stored) {
        String id = stored.key().substring(PREFIX.length());
        try {
            if (JSON.readTree(stored.value()) instanceof ObjectNode fields) {
                return of(id, fields).at(stored.revision());
            }
        } catch (JacksonException e) {
            // Reported below.
        }
        throw new InvalidCertificateException(List.of(new CertificateProblem(
                "id", "the record of this certificate is no JSON object; PUT the object again, or DELETE it")));
    }

    /** Returns the object as it is stored. */
    byte[] stored() {
        return JSON.writeValueAsBytes(fields);
    }

    /** Returns this object with the revision of its record. */
    CertificateObject at(long written) {
        return new CertificateObject(id, snis, source, clientCa, fields, written);
    }

    /** Returns how it reaches the gateway. */
    public Delivery delivery() {
        return fields.path("delivery").asString("").equals(Delivery.ADC.text()) ? Delivery.ADC : Delivery.ADMIN_API;
    }

    /** Returns a host name of this object that one of another object is or covers, or that covers one of it; null if none. */
    public @Nullable String nameSharedWith(CertificateObject other) {
        for (String name : snis) {
            if (ServerName.covered(name, other.snis)
                    || other.snis.stream().anyMatch(theirs -> ServerName.covered(theirs, List.of(name)))) {
                return name;
            }
        }
        return null;
    }

    /** Returns all references, by the name of the field. */
    public Map<String, SecretReference> references() {
        Map<String, SecretReference> all = new LinkedHashMap<>(source.references());
        if (clientCa != null) {
            all.put(CLIENT_CA, clientCa);
        }
        return all;
    }

    /** Returns the providers that it needs. */
    public Set<ProviderId> providers() {
        Set<ProviderId> all = new TreeSet<>();
        references().values().forEach(reference -> all.add(reference.provider()));
        if (source instanceof CertificateSource.Issuer issuer) {
            all.add(issuer.provider());
        }
        return all;
    }

    private static List<String> snis(ObjectNode fields, List<CertificateProblem> problems) {
        Set<String> snis = new LinkedHashSet<>();
        for (JsonNode node : fields.path("snis")) {
            String sni = node.asString("").toLowerCase(Locale.ROOT);
            if (!ServerName.isValid(sni)) {
                problems.add(new CertificateProblem(
                        "snis",
                        "'" + sni + "' is no host name; write a name such as shop.example.com, or *.example.com for"
                                + " every name one level below, and other scripts as xn--..."));
            } else if (!snis.add(sni)) {
                problems.add(new CertificateProblem("snis", "'" + sni + "' is there twice; leave one out"));
            }
        }
        if (snis.isEmpty() && problems.isEmpty()) {
            problems.add(new CertificateProblem("snis", "expected at least one host name"));
        }
        return List.copyOf(snis);
    }

    private static @Nullable CertificateSource source(ObjectNode fields, List<CertificateProblem> problems) {
        List<String> given =
                CertificateSource.fields().stream().filter(fields::has).toList();
        if (given.size() != 1) {
            problems.add(new CertificateProblem(
                    given.isEmpty() ? CertificateSource.CERTIFICATE : given.getLast(),
                    "expected one source: certificate (with key, or both in one PEM text), pkcs12, or issuer"));
            return null;
        }
        alone(fields, CertificateSource.KEY, CertificateSource.CERTIFICATE, problems);
        alone(fields, CertificateSource.PASSWORD_FIELD, CertificateSource.PKCS12, problems);
        return switch (given.getFirst()) {
            case CertificateSource.CERTIFICATE -> {
                SecretReference certificate = reference(fields, CertificateSource.CERTIFICATE, problems);
                SecretReference key = reference(fields, CertificateSource.KEY, problems);
                yield certificate == null ? null : new CertificateSource.Pem(certificate, key);
            }
            case CertificateSource.PKCS12 -> {
                SecretReference file = reference(fields, CertificateSource.PKCS12, problems);
                SecretReference password = reference(fields, CertificateSource.PASSWORD_FIELD, problems);
                yield file == null ? null : new CertificateSource.Pkcs12(file, password);
            }
            default -> issuer(fields.path(CertificateSource.ISSUER), problems);
        };
    }

    private static void alone(ObjectNode fields, String field, String companion, List<CertificateProblem> problems) {
        if (fields.has(field) && !fields.has(companion)) {
            problems.add(new CertificateProblem(field, "has a meaning only next to " + companion));
        }
    }

    private static @Nullable CertificateSource issuer(JsonNode node, List<CertificateProblem> problems) {
        String provider = node.path("provider").asString("");
        String role = node.path("role").asString("");
        String life = node.path("ttl").asString("");
        int before = problems.size();
        ProviderId id = null;
        try {
            String[] parts = provider.split("/", -1);
            id = parts.length == 2 ? new ProviderId(parts[0], parts[1]) : null;
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        if (id == null) {
            problems.add(new CertificateProblem("issuer.provider", "expected manager/id, such as vault/prod"));
        }
        if (!ROLE.matcher(role).matches()) {
            problems.add(new CertificateProblem("issuer.role", "expected the name of a role of the PKI engine"));
        }
        var matcher = DURATION.matcher(life);
        if (!life.isEmpty() && !matcher.matches()) {
            problems.add(new CertificateProblem("issuer.ttl", "expected a time such as 72h, 90m or 30d"));
        }
        if (id == null || problems.size() > before) {
            return null;
        }
        return new CertificateSource.Issuer(
                id, role, life.isEmpty() ? null : duration(matcher.group(1), matcher.group(2)));
    }

    private static Duration duration(String number, String unit) {
        long count = Long.parseLong(number);
        return switch (unit) {
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static @Nullable SecretReference reference(
            ObjectNode fields, String field, List<CertificateProblem> problems) {
        JsonNode node = fields.path(field);
        if (node.isMissingNode()) {
            return null;
        }
        String text = node.asString("");
        if (!SecretReference.isReference(text)) {
            // The text may be a key, so it is not quoted.
            problems.add(new CertificateProblem(
                    field,
                    "expected a reference such as $secret://vault/prod/tls/shop/" + field + ", not the content"));
            return null;
        }
        if (text.contains("||")) {
            problems.add(
                    new CertificateProblem(field, "expected one reference; a certificate takes no alternatives by ||"));
            return null;
        }
        try {
            return SecretReference.parse(text);
        } catch (InvalidReferenceException e) {
            problems.add(new CertificateProblem(field, String.valueOf(e.getMessage())));
            return null;
        }
    }

    /** Names the object. */
    @Override
    public String toString() {
        return "CertificateObject[" + id + "@" + revision + "]";
    }
}
