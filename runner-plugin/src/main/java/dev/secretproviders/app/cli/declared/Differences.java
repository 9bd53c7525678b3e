package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.document.Written;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Compares the fields of an object with those of a file. What it returns holds no secret. */
final class Differences {
    private static final int LONGEST = 120;

    private final SecretFields secrets;
    private final List<FieldChange> changes = new ArrayList<>();

    private Differences(SecretFields secrets) {
        this.secrets = secrets;
    }

    /**
     * Returns the fields that differ. A secret in the file always differs, because the runner never shows the stored one.
     *
     * @param written what the file has in place of {@code after}, before variables were put in
     */
    static List<FieldChange> between(JsonNode before, JsonNode after, Written written, SecretFields secrets) {
        Differences differences = new Differences(secrets);
        differences.compare("", before, after, written);
        return differences.changes;
    }

    private void compare(String path, JsonNode before, JsonNode after, Written written) {
        if (before.equals(after)) {
            return;
        }
        if ((before.isObject() || before.isMissingNode()) && (after.isObject() || after.isMissingNode())) {
            Set<String> names = new TreeSet<>();
            names.addAll(before.propertyNames());
            names.addAll(after.propertyNames());
            if (!names.isEmpty() || path.isEmpty()) {
                names.forEach(name -> compare(
                        path.isEmpty() ? name : path + "." + name,
                        before.path(name),
                        after.path(name),
                        written.at(name)));
                return;
            }
        }
        boolean secret = secrets.hold(path, before) || secrets.hold(path, after) || holdsMask(before);
        String then = text(before, secret);
        String now = text(after, secret);
        if (written.changes()) {
            // What the runner has may be an earlier value of the variable.
            then = then == null ? null : ProviderObject.MASK;
            now = now == null || now.equals(ProviderObject.MASK) ? now : shown(written.text());
        }
        changes.add(new FieldChange(path, then, now));
    }

    /** Returns whether a tree has the mask in place of a secret. */
    static boolean holdsMask(JsonNode node) {
        return node.isContainer()
                ? node.valueStream().anyMatch(Differences::holdsMask)
                : node.isString() && node.stringValue().equals(ProviderObject.MASK);
    }

    private static @Nullable String text(JsonNode value, boolean secret) {
        if (value instanceof MissingNode) {
            return null;
        }
        boolean shown = !secret || (value.isString() && SecretReference.isReference(value.stringValue()));
        if (!shown) {
            return ProviderObject.MASK;
        }
        return shown(value.isString() ? value.stringValue() : value.toString());
    }

    private static String shown(String value) {
        String text = Output.plain(value)
                // An address is no place for a password. The Admin API refuses it, after this is printed.
                .replaceAll("://[^/@\\s]+@", "://" + ProviderObject.MASK + "@");
        return text.length() > LONGEST ? text.substring(0, LONGEST - 3) + "..." : text;
    }
}
