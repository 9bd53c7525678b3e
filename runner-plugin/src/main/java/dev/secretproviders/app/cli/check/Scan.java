package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.check.Subject.Configured;
import dev.secretproviders.app.cli.check.Use.Reader;
import dev.secretproviders.app.cli.document.Document;
import dev.secretproviders.app.cli.document.Variables;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Finds the references in one object of a file, in whichever field they are. */
final class Scan {
    /** A text that was probably meant as a reference. */
    private static final Pattern MISSPELLED = Pattern.compile("(?i)\\s*\\$?\\{?(secret|env):/.*");

    private static final Pattern WITHIN = Pattern.compile("(?is).*\\$(secret|env)://.*");

    /** The fields with the secret of a credential. A user name or a public key is none. */
    private static final Set<String> SECRETS =
            Set.of("key-auth.key", "basic-auth.password", "jwt-auth.secret", "hmac-auth.secret_key");

    private final Document document;
    private final Subject subject;
    private final Variables variables;
    private final IdentityHashMap<JsonNode, CredentialKind> credentials = new IdentityHashMap<>();
    private final List<Use> uses = new ArrayList<>();

    private Scan(Document document, Subject subject, Variables variables) {
        this.document = document;
        this.subject = subject;
        this.variables = variables;
        for (Configured credential : subject.credentials()) {
            credentials.put(credential.fields(), credential.kind());
        }
    }

    /**
     * Returns what there is in an object.
     *
     * @param variables the variables that the reader of the file puts in
     */
    static List<Use> of(Document document, Subject subject, Variables variables) {
        Scan scan = new Scan(document, subject, variables);
        if (subject.consumer() == null && !subject.credentials().isEmpty()) {
            JsonNode metadata = subject.node().path("metadata");
            scan.uses.add(new Use.Unchecked(
                    scan.place("metadata.namespace", metadata),
                    "is not set, so the name of the consumer is not known, and the field access of providers is not"
                            + " checked; say with --namespace in which namespace this is applied"));
        }
        scan.walk("", subject.node(), null);
        return scan.uses;
    }

    private void walk(String path, JsonNode node, @Nullable CredentialKind credential) {
        if (node.isString()) {
            text(path, node, credential);
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                walk(path + "[" + i + "]", node.get(i), null);
            }
        } else if (node.isObject() && !injected(path, node)) {
            CredentialKind kind = credentials.get(node);
            node.forEachEntry((name, value) -> walk(path.isEmpty() ? name : path + "." + name, value, kind));
        }
    }

    private void text(String path, JsonNode node, @Nullable CredentialKind credential) {
        Place place = place(path, node);
        Set<String> unset = variables.unset(node.stringValue());
        String text = variables.substitute(node.stringValue());
        String name = path.substring(path.lastIndexOf('.') + 1);
        boolean ofCredential = credential != null && CredentialKind.ofPath(credential.path(name)) != null;
        if (!unset.isEmpty()) {
            uses.add(new Use.Unchecked(
                    place,
                    "the variable " + String.join(", ", unset)
                            + " is not set here, so it is not known which reference this will be"));
        } else if (!variables.damaged(node.stringValue()).isEmpty()) {
            uses.add(new Use.Wrong(
                    place,
                    "the variable " + String.join(", ", variables.damaged(node.stringValue()))
                            + " has characters that this process cannot read; set LANG=C.UTF-8 for it"));
        } else if (SecretReference.isReference(text)) {
            String written = variables.change(node) ? variables.named(node.stringValue()) : null;
            reference(place, text, ofCredential ? Reader.CREDENTIAL : Reader.GATEWAY, written);
        } else if (MISSPELLED.matcher(text).matches()) {
            uses.add(new Use.Wrong(
                    place,
                    "looks like a reference, and is a plain text: a reference begins with $secret:// or $env://"));
        } else if (credential != null && SECRETS.contains(credential.plugin() + "." + name) && !text.isEmpty()) {
            uses.add(new Use.Literal(place));
        } else if (WITHIN.matcher(text).matches()) {
            uses.add(new Use.Doubtful(
                    place,
                    "has a reference within a text, which APISIX does not resolve; a header, query argument or cookie of"
                            + " secret-inject may have one"));
        }
    }

    private void reference(Place place, String text, Reader reader, @Nullable String written) {
        try {
            add(place, ReferenceChain.parse(text).alternatives(), reader, written);
        } catch (InvalidReferenceException e) {
            uses.add(new Use.Wrong(
                    place,
                    written == null
                            ? String.valueOf(e.getMessage())
                            : "is not a well-formed reference once its variables are put in: " + written));
        }
    }

    private void add(Place place, List<SecretReference> alternatives, Reader reader, @Nullable String written) {
        boolean ofCredential = reader == Reader.CREDENTIAL;
        uses.add(new Use.Reference(
                place,
                alternatives,
                reader,
                ofCredential ? subject.consumer() : null,
                ofCredential ? subject.labels() : Map.of(),
                written));
    }

    /** Reads a configuration of {@code secret-inject}, by the name of its field or next to its name. */
    private boolean injected(String path, JsonNode node) {
        boolean named = node.path("name").asString("").equals(InjectConfig.PLUGIN);
        // ADC lists the plugins of a global rule or consumer group without a field around them.
        if (path.equals(InjectConfig.PLUGIN) || path.endsWith("." + InjectConfig.PLUGIN)) {
            inject(path, node, () -> InjectConfig.ofPlugin(variables.substitute(node)));
        } else if (named && node.path("config").isObject()) {
            inject(
                    path + ".config",
                    node.path("config"),
                    () -> InjectConfig.ofPlugin(variables.substitute(node.path("config"))));
        } else if (named && node.path("value").isString()) {
            JsonNode value = node.path("value");
            inject(path + ".value", value, () -> InjectConfig.parse(variables.substitute(value.stringValue())));
        } else {
            return false;
        }
        return true;
    }

    private interface Reading {
        InjectConfig read() throws InvalidInjectConfigException;
    }

    private void inject(String path, JsonNode node, Reading reading) {
        try {
            reading.read().forEach((entry, template) -> {
                JsonNode at = at(node, entry);
                boolean changed = variables.change(at);
                // A text that is JSON itself also holds the names of the entries.
                Place place = place(changed && node.isString() ? path : path + "." + entry, at);
                template.references().forEach(reference -> inject(place, reference, changed));
            });
        } catch (InvalidInjectConfigException e) {
            uses.add(new Use.Wrong(
                    place(path, node),
                    variables.change(node)
                            ? "is no configuration of " + InjectConfig.PLUGIN + " once its variables are put in"
                            : String.valueOf(e.getMessage())));
        }
    }

    /** Adds a reference in a text. The text around it may hold a key, so it is not shown in place of the reference. */
    private void inject(Place place, WrittenReference written, boolean changed) {
        if (written.perConsumer()) {
            uses.add(new Use.Unchecked(place, "stands for another secret for each consumer"));
            return;
        }
        add(place, written.expand(null), Reader.UPSTREAM, changed ? "" : null);
    }

    /** Returns the node of an entry such as {@code headers.Authorization}; the whole node if it is a text. */
    private static JsonNode at(JsonNode node, String entry) {
        int dot = entry.indexOf('.');
        JsonNode value = node.path(entry.substring(0, dot)).path(entry.substring(dot + 1));
        return value instanceof StringNode ? value : node;
    }

    private Place place(String path, JsonNode node) {
        return new Place(document.file(), document.line(node), subject.name(), path);
    }
}
